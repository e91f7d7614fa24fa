#pragma once

// One connection as the HTTP library reads and writes it. The library, as Debian 12 has it, takes a
// header line of any length into memory and waits for each piece anew. So the head is taken in here
// first, whole and within its bounds, and the library reads it from there; and whoever dribbles a
// request or its answer has the thread for a time that ends.

#include <httplib.h>

#include <chrono>
#include <cstddef>

#include "host/secret_text.hpp"

namespace mmx::admin {

inline constexpr std::size_t request_head_max = 64 * 1024;  // bytes; twice what nginx lets through
inline constexpr std::chrono::seconds request_head_time{10};
inline constexpr std::chrono::seconds request_time{30};  // head and body
inline constexpr std::chrono::seconds exchange_time{
    600};  // the answer, too: long tables go as slowly as they are read
inline constexpr std::chrono::seconds server_read_timeout{5};    // between two pieces of a request
inline constexpr std::chrono::seconds server_write_timeout{10};  // of an answer

class Connection : public httplib::Stream {
public:
    explicit Connection(int socket) noexcept : socket_(socket) {}

    enum class Head { whole, too_large, none };  // none: late, or the client has gone
    Head take_head();

    bool is_readable() const override;
    bool is_writable() const override;  // false, too, when the client has gone
    ssize_t read(char* to, std::size_t size) override;
    ssize_t write(const char* from, std::size_t size) override;
    void get_remote_ip_and_port(std::string&, int&) const override {}
    void get_local_ip_and_port(std::string&, int&) const override {}
    socket_t socket() const override { return socket_; }

private:
    using Clock = std::chrono::steady_clock;

    // Whether the socket is ready for these events of poll(2) within both times.
    bool wait(short events, std::chrono::seconds piece, std::chrono::seconds whole) const;

    const int socket_;
    const Clock::time_point begun_ = Clock::now();
    SecretText head_;            // and what came with its last piece
    std::size_t head_read_ = 0;  // bytes of it that the library has
};

}  // namespace mmx::admin
