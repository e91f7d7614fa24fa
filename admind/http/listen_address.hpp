#pragma once

// Where the daemon listens: `unix:/path` or a loopback address, `127.0.0.1:8790` or `[::1]:8790`.
// Another address is refused: the daemon is to be reached through nginx, which speaks TLS.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx::admin {

inline constexpr int listen_backlog = 256;  // connections that wait to be taken

struct ListenAddress {
    std::string path;  // of the unix socket; empty: TCP
    std::string host;  // 127.0.0.1 or ::1
    std::uint16_t port = 0;

    std::string display() const;
};

// Throws Error{invalid_argument}.
ListenAddress parse_listen_address(std::string_view text);

// A listening socket that its destructor closes and, if it is a unix socket, removes.
class ListeningSocket {
public:
    // A unix socket gets the mode 0660, and the group if one is named. A file that a daemon left
    // behind is replaced, but not one where somebody listens. Throws Error{config_file}.
    ListeningSocket(const ListenAddress& address, const std::string& group);
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    int fd() const noexcept { return fd_; }

    // Whoever accepts on it learns that it is over. Safe from any thread, and to repeat.
    void stop() const noexcept;

private:
    std::string path_;
    int fd_ = -1;
};

}  // namespace mmx::admin
