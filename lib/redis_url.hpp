#pragma once

// Where Redis is, as written in `mmx_redis`, MMX_REDIS and the configuration file.
//
//   redis://[user:password@]host[:port][/db]       TCP; user may be empty: `:password@`
//   unix:/path[?db=N]                              unix socket
//   unix://[user:password@]/path[?db=N]            the same with credentials
//
// user and password are percent-decoded. A password in the text is visible to whoever may read
// the configuration; a password file is the better place.

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/result.hpp"

namespace mmx {

struct RedisUrl {
    bool is_unix = false;
    std::string host;  // name, IPv4, or IPv6 without brackets; empty for a unix socket
    std::uint16_t port = 6379;
    std::string path;  // of the unix socket
    std::string user;  // ACL user; empty: `default`
    std::string password;
    std::uint32_t database = 0;

    // A fault says what was expected, and never quotes the text. `rediss://`, `redis+sentinel://`
    // and `redis+cluster://` are refused by name: this version does not speak them.
    static Result<RedisUrl> parse(std::string_view text);

    // For logs and messages: `redis://host:port/db` or `unix:/path?db=N`, never the credentials.
    std::string display() const;
};

}  // namespace mmx
