#include "lib/server_info.hpp"

#include <charconv>

namespace mmx {

ServerInfo parse_server_info(std::string_view info)
{
    ServerInfo server;
    while (!info.empty()) {
        std::string_view line = info.substr(0, info.find('\n'));
        info.remove_prefix(line.size() < info.size() ? line.size() + 1 : line.size());
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }

        std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            continue;
        }
        std::string_view name = line.substr(0, colon), value = line.substr(colon + 1);
        if (name == "redis_version") {
            server.version = value;
            const char* end = value.data() + value.size();
            const auto [dot, error] = std::from_chars(value.data(), end, server.version_major);
            if (error == std::errc() && dot != end && *dot == '.') {
                std::from_chars(dot + 1, end, server.version_minor);
            }
        } else if (name == "aof_enabled") {
            server.append_only = value == "1";
            server.append_only_said = true;
        } else if (name == "cluster_enabled") {
            server.cluster = value == "1";
        } else if (name == "role") {
            server.replica = value == "slave";
        } else if (name == "maxmemory_policy") {
            server.eviction = value;
        }
    }
    return server;
}

}  // namespace mmx
