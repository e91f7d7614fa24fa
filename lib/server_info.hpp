#pragma once

// What Redis says of itself (INFO), as far as the gateway's promises depend on it.

#include <string>
#include <string_view>

namespace mmx {

struct ServerInfo {
    int version_major = 0;  // 0: not said
    int version_minor = 0;
    bool append_only = false;       // without it, a killed Redis forgets counts
    bool append_only_said = false;  // it may be on where nothing is said of it
    bool cluster = false;           // not spoken by this version
    bool replica = false;           // refuses writes
    // maxmemory-policy; anything but `noeviction` may drop counters. Empty: not said.
    std::string eviction;
    std::string version;  // `7.0.15`
};

// Reads the text of INFO; unknown lines are passed over, missing ones leave the default.
ServerInfo parse_server_info(std::string_view info);

}  // namespace mmx
