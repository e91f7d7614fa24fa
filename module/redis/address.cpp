#include "redis/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace mmx::gate {

RedisAddress RedisAddress::of(const sockaddr* address, socklen_t length)
{
    RedisAddress made;
    made.length = std::min<socklen_t>(length, sizeof(made.bytes));
    std::copy_n(reinterpret_cast<const u_char*>(address), made.length,
                reinterpret_cast<u_char*>(&made.bytes));
    std::array<u_char, NGX_SOCKADDR_STRLEN> text;
    const std::size_t size = ngx_sock_ntop(made.get(), made.length, text.data(), text.size(), 1);
    made.text.assign(reinterpret_cast<char*>(text.data()), size);
    return made;
}

RedisAddress RedisAddress::of_host(const sockaddr* address, socklen_t length, in_port_t port)
{
    RedisAddress made = of(address, length);
    ngx_inet_set_port(made.get(), port);
    return of(made.get(), made.length);  // with the port in its text
}

std::optional<RedisAddress> RedisAddress::parse(const std::string& host, in_port_t port)
{
    sockaddr_in ipv4{};
    if (::inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        return of_host(reinterpret_cast<sockaddr*>(&ipv4), sizeof(ipv4), port);
    }
    sockaddr_in6 ipv6{};
    if (::inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr) == 1) {
        ipv6.sin6_family = AF_INET6;
        return of_host(reinterpret_cast<sockaddr*>(&ipv6), sizeof(ipv6), port);
    }
    return std::nullopt;
}

}  // namespace mmx::gate
