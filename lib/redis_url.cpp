#include "lib/redis_url.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "lib/encoding.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

// Faults never quote the text: it may hold a password.
constexpr std::string_view expected_form =
    "expected redis://[user:password@]host[:port][/db] or unix:/path[?db=N]";

// Redis reads `databases` as an int.
constexpr std::uint32_t database_max = 2147483646;

constexpr std::size_t host_length_max = 253;  // of a DNS name
constexpr std::size_t path_length_max = sizeof(sockaddr_un::sun_path) - 1;

// NUL is refused: no password of Redis' own configuration can hold one, and C would cut it there.
std::optional<std::string> decode_credential(std::string_view text)
{
    auto decoded = decode_percent(text);
    return decoded && decoded->find('\0') == std::string::npos ? decoded : std::nullopt;
}

bool is_host_name(std::string_view text) noexcept
{
    constexpr auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= host_length_max &&
           std::all_of(text.begin(), text.end(), fits);
}

bool is_ipv6(std::string_view text) noexcept
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    std::array<std::uint8_t, 16> bytes;
    const bool clean = text.find_first_not_of("0123456789abcdefABCDEF:.") == text.npos;
    if (!clean || text.size() >= terminated.size()) {
        return false;
    }
    text.copy(terminated.data(), text.size());
    return inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1;
}

// Each part reader below returns what is wrong, or nothing said when it has filled its fields.
using Wrong = std::string_view;

Wrong read_credentials(std::string_view text, RedisUrl& url)
{
    const std::size_t colon = text.find(':');
    const auto user = decode_credential(text.substr(0, colon));
    const auto password =
        decode_credential(colon == text.npos ? std::string_view{} : text.substr(colon + 1));
    if (!user || !password) {
        return "expected user:password@ with % only before two hex digits";
    }
    url.user = *user;
    url.password = *password;
    return {};
}

Wrong read_port(std::string_view text, RedisUrl& url)
{
    const auto port = parse_digits<std::uint16_t>(text, 1, 65535);
    url.port = port.value_or(0);
    return port ? Wrong{} : "expected a port of 1 to 65535 after the host";
}

Wrong read_host(std::string_view text, RedisUrl& url)
{
    std::size_t end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        url.host = text.substr(1, bracket == text.npos ? bracket : bracket - 1);
        end = bracket == text.npos ? text.npos : bracket + 1;
        if (bracket == text.npos || !is_ipv6(url.host)) {
            return "expected an IPv6 address between [ and ]";
        }
    } else {
        url.host = text.substr(0, end);
        if (!is_host_name(url.host)) {
            return "expected a host name or address (an IPv6 address in brackets)";
        }
    }
    text.remove_prefix(std::min(end, text.size()));
    if (text.empty()) {
        return {};
    }
    return text.front() == ':' ? read_port(text.substr(1), url) : expected_form;
}

Wrong read_database(std::string_view text, RedisUrl& url)
{
    const auto database = parse_digits<std::uint32_t>(text, 0, database_max);
    url.database = database.value_or(0);
    return database ? Wrong{} : "expected a database number";
}

Wrong read_tcp(std::string_view text, RedisUrl& url)
{
    const std::size_t slash = text.find('/');
    std::string_view authority = text.substr(0, slash);
    const std::size_t at = authority.rfind('@');
    if (at != text.npos) {
        if (const Wrong fault = read_credentials(authority.substr(0, at), url); !fault.empty()) {
            return fault;
        }
        authority.remove_prefix(at + 1);
    }
    if (const Wrong fault = read_host(authority, url); !fault.empty()) {
        return fault;
    }
    const bool has_database = slash != text.npos && slash + 1 < text.size();
    return has_database ? read_database(text.substr(slash + 1), url) : Wrong{};
}

Wrong read_unix(std::string_view text, RedisUrl& url)
{
    url.is_unix = true;
    url.port = 0;
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        const std::size_t slash = std::min(text.find('/'), text.size());
        if (slash > 0) {
            if (text[slash - 1] != '@') {
                return "expected unix:/path or unix://user:password@/path";
            }
            if (const Wrong fault = read_credentials(text.substr(0, slash - 1), url);
                !fault.empty()) {
                return fault;
            }
        }
        text.remove_prefix(slash);
    }
    const std::size_t query = text.find('?');
    url.path = text.substr(0, query);
    if (url.path.size() < 2 || url.path.front() != '/' || url.path.size() > path_length_max ||
        std::any_of(url.path.begin(), url.path.end(), [](const char& c) {
            return is_control({&c, 1});
        })) {
        return "expected an absolute path of at most 107 bytes after unix:";
    }
    if (query == text.npos) {
        return {};
    }
    text.remove_prefix(query);
    constexpr std::string_view parameter = "?db=";
    return text.starts_with(parameter) ? read_database(text.substr(parameter.size()), url)
                                       : "expected nothing but ?db=N after the path";
}

Wrong read(std::string_view text, RedisUrl& url)
{
    constexpr std::string_view tcp = "redis://";
    constexpr std::string_view local = "unix:";
    if (text.starts_with(tcp)) {
        return read_tcp(text.substr(tcp.size()), url);
    }
    if (text.starts_with(local)) {
        return read_unix(text.substr(local.size()), url);
    }
    if (text.starts_with("rediss://")) {
        return "rediss:// (TLS) is not supported by this version, use redis:// or unix:";
    }
    if (text.starts_with("redis+sentinel://")) {
        return "redis+sentinel:// is not supported by this version, use redis:// or unix:";
    }
    if (text.starts_with("redis+cluster://")) {
        return "redis+cluster:// is not supported by this version, use redis:// or unix:";
    }
    return expected_form;
}

}  // namespace

Result<RedisUrl> RedisUrl::parse(std::string_view text)
{
    RedisUrl url;
    const Wrong what = read(text, url);
    if (!what.empty()) {
        return Fault{std::string(what)};
    }
    return url;
}

std::string RedisUrl::display() const
{
    const std::string number = std::to_string(database);
    if (is_unix) {
        // Before a path that begins with two slashes, an empty authority: else its first part would
        // be read as one.
        return (path.starts_with("//") ? "unix://" : "unix:") + path + "?db=" + number;
    }
    const bool ipv6 = host.find(':') != std::string::npos;
    return "redis://" + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" +
           number;
}

}  // namespace mmx
