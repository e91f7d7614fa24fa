#pragma once

// One address of Redis: of a host and a port, or of a unix socket.

#include <optional>
#include <string>

#include "base/ngx.hpp"

namespace mmx::gate {

struct RedisAddress {
    sockaddr_storage bytes{};
    socklen_t length = 0;
    std::string text;  // for logs, and to tell one from another

    static RedisAddress of(const sockaddr* address, socklen_t length);
    static RedisAddress of_host(const sockaddr* address, socklen_t length, in_port_t port);
    // Of an IPv4 or IPv6 address in writing; nothing when it is none.
    static std::optional<RedisAddress> parse(const std::string& host, in_port_t port);

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&bytes); }
    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&bytes); }

    friend bool operator==(const RedisAddress& a, const RedisAddress& b) noexcept
    {
        return a.text == b.text;
    }
};

}  // namespace mmx::gate
