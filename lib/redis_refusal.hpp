#pragma once

// What an error reply of Redis, or of a server that speaks as Redis does, leaves to do. Servers
// differ in version and in what they forbid: what they answer decides, not what they call
// themselves.

#include <cstdint>
#include <string_view>

namespace mmx {

enum class RedisRefusal : std::uint8_t {
    loading,      // it reads its data first, which may take long
    busy,         // the same will do in a moment
    read_only,    // a replica: the primary is elsewhere, perhaps behind the same name by now
    unwilling,    // it takes no writes for now: its memory, disk, replicas or cluster
    credentials,  // the password is wrong, or was changed
    no_script,    // EVALSHA names a script it does not have: EVAL does
    forbidden,    // the command is not allowed, or as good as unknown, as managed services do
    other,        // of a script that begins with flags: it may be them, which Redis 6 cannot read
};

// error: an error reply without its `-`; of a script also what Redis 6 makes of a command's.
RedisRefusal refusal_of(std::string_view error) noexcept;

}  // namespace mmx
