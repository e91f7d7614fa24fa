#include "http/listen_address.hpp"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "lib/limits.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr mode_t socket_mode = 0660;

[[noreturn]] void fail(const ListenAddress& address, std::string_view doing, int error)
{
    throw Error(ErrorCode::config_file,
                std::string(doing) + " " + address.display() + ": " + std::strerror(error));
}

sockaddr_un unix_address(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

template <typename Address>
const sockaddr* generic(const Address& address)
{
    return reinterpret_cast<const sockaddr*>(&address);
}

// Removes a socket that nobody listens on any more; other files stay and make bind() fail.
void remove_stale(const ListenAddress& address)
{
    struct stat status {};
    if (lstat(address.path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return;
    }
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_un where = unix_address(address.path);
    const bool refused = connect(probe, generic(where), sizeof where) != 0 && errno == ECONNREFUSED;
    close(probe);
    if (!refused) {
        throw Error(ErrorCode::config_file, "something listens on " + address.display() +
                                                " already: stop it first, or choose another");
    }
    unlink(address.path.c_str());
}

void give_to_group(const ListenAddress& address, const std::string& group)
{
    const ::group* found = getgrnam(group.c_str());
    if (found == nullptr) {
        throw Error(ErrorCode::config_file, "there is no group " + group);
    }
    if (chown(address.path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
        fail(address, "cannot give to the group " + group, errno);
    }
}

void bind_tcp(int fd, const ListenAddress& address)
{
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int done = 0;
    if (address.host == "::1") {
        sockaddr_in6 where{};
        where.sin6_family = AF_INET6;
        where.sin6_addr = in6addr_loopback;
        where.sin6_port = htons(address.port);
        done = bind(fd, generic(where), sizeof where);
    } else {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        where.sin_port = htons(address.port);
        done = bind(fd, generic(where), sizeof where);
    }
    if (done != 0) {
        fail(address, "cannot listen on", errno);
    }
}

}  // namespace

std::string ListenAddress::display() const
{
    if (!path.empty()) {
        return std::string(unix_prefix) + path;
    }
    return (host == "::1" ? "[::1]" : host) + ":" + std::to_string(port);
}

ListenAddress parse_listen_address(std::string_view text)
{
    if (text.starts_with(unix_prefix)) {
        const std::string_view path = text.substr(unix_prefix.size());
        if (!path.starts_with('/') || path.size() >= sizeof(sockaddr_un::sun_path)) {
            throw Error(ErrorCode::invalid_argument,
                        "wrong address to listen on: expected unix: and an absolute path of less "
                        "than 108 bytes");
        }
        return {.path = std::string(path), .host = {}};
    }
    const std::size_t colon = text.rfind(':');
    const std::string_view host = text.substr(0, std::min(colon, text.size()));
    const auto port =
        colon == std::string_view::npos ? std::nullopt : parse_limit(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) {
        throw Error(ErrorCode::invalid_argument,
                    "wrong address to listen on: expected unix:/path, 127.0.0.1:port or "
                    "[::1]:port");
    }
    if (host != "127.0.0.1" && host != "[::1]") {
        throw Error(ErrorCode::invalid_argument,
                    "the daemon listens on a unix socket, 127.0.0.1 or [::1] only: put nginx in "
                    "front to reach it from elsewhere, as conf/mmx_console.conf does");
    }
    return {.path = {},
            .host = host == "[::1]" ? "::1" : "127.0.0.1",
            .port = static_cast<std::uint16_t>(*port)};
}

ListeningSocket::ListeningSocket(const ListenAddress& address, const std::string& group)
{
    if (address.path.empty()) {
        fd_ = socket(address.host == "::1" ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bind_tcp(fd_, address);
    } else {
        remove_stale(address);
        fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_un where = unix_address(address.path);
        // Nobody else may connect before the group and the mode are what they should be.
        const mode_t before = umask(0177);
        const int done = bind(fd_, generic(where), sizeof where);
        const int error = errno;
        umask(before);
        if (done != 0) {
            fail(address, "cannot listen on", error);
        }
        path_ = address.path;
        if (!group.empty()) {
            give_to_group(address, group);
        }
        if (chmod(path_.c_str(), socket_mode) != 0) {
            fail(address, "cannot set the mode of", errno);
        }
    }
    if (listen(fd_, listen_backlog) != 0) {
        fail(address, "cannot listen on", errno);
    }
}

ListeningSocket::~ListeningSocket()
{
    if (!path_.empty()) {
        unlink(path_.c_str());
    }
    if (fd_ >= 0) {
        close(fd_);
    }
}

void ListeningSocket::stop() const noexcept
{
    shutdown(fd_, SHUT_RDWR);
}

}  // namespace mmx::admin
