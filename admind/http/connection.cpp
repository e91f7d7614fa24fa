#include "http/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

namespace mmx::admin {
namespace {

constexpr std::size_t piece_max = 4096;
// A line that is empty, behind another: as the library sees the end of a head.
constexpr std::string_view head_end = "\n\r\n";

ssize_t receive(int socket, char* to, std::size_t size, int flags = 0)
{
    ssize_t got = 0;
    do {
        got = ::recv(socket, to, size, flags);
    } while (got < 0 && errno == EINTR);
    return got;
}

}  // namespace

bool Connection::wait(short events, std::chrono::seconds piece, std::chrono::seconds whole) const
{
    using std::chrono::milliseconds;
    const auto end = std::min(Clock::now() + piece, begun_ + whole);
    pollfd waited{.fd = socket_, .events = events, .revents = 0};
    while (true) {
        const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
        if (left <= 0) {
            return false;
        }
        const int ready = ::poll(&waited, 1, static_cast<int>(left));
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

Connection::Head Connection::take_head()
{
    std::string piece(piece_max, '\0');
    const WipedAtEnd wiped(piece);  // it may hold the beginning of a body
    while (head_.size() < request_head_max) {
        if (!wait(POLLIN, server_read_timeout, request_head_time)) {
            return Head::none;
        }
        const std::size_t searched = head_.size() - std::min(head_.size(), head_end.size() - 1);
        const ssize_t got =
            receive(socket_, piece.data(), std::min(piece.size(), request_head_max - head_.size()));
        if (got <= 0) {
            return Head::none;
        }
        head_.append({piece.data(), static_cast<std::size_t>(got)});
        if (head_.view().find(head_end, searched) != std::string_view::npos) {
            return Head::whole;
        }
    }
    return Head::too_large;
}

bool Connection::is_readable() const
{
    return head_read_ < head_.size() || wait(POLLIN, server_read_timeout, request_time);
}

bool Connection::is_writable() const
{
    if (!wait(POLLOUT, server_write_timeout, exchange_time)) {
        return false;
    }
    char byte = 0;
    const ssize_t got = receive(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

ssize_t Connection::read(char* to, std::size_t size)
{
    if (head_read_ < head_.size()) {
        const std::string_view rest = head_.view().substr(head_read_, size);
        std::ranges::copy(rest, to);
        head_read_ += rest.size();
        return static_cast<ssize_t>(rest.size());
    }
    return is_readable() ? receive(socket_, to, size) : -1;
}

ssize_t Connection::write(const char* from, std::size_t size)
{
    while (is_writable()) {
        // Never blocking: a send that waited would do so as long as a byte goes now and then.
        const ssize_t sent = ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
            return sent;
        }
    }
    return -1;
}

}  // namespace mmx::admin
