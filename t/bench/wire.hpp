// Sockets, clock and waiting for the benchmark's programs: 127.0.0.1 only, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <sys/epoll.h>

namespace bench {

inline constexpr std::int64_t second_ns = 1'000'000'000;
inline constexpr std::int64_t ms_ns = 1'000'000;

// Throws, with errno in words.
[[noreturn]] void fail(const char* what);

std::int64_t now_ns();  // CLOCK_MONOTONIC: the same in all processes of a machine

int connect_to(std::uint16_t port);  // a non-blocking socket that sends at once
int listen_on(std::uint16_t port);

// Whole, or it throws: what the benchmark sends fits into a socket's buffer.
void send_all(int fd, std::string_view bytes);

// Descriptors to wait for, each under a number of the caller's own, and one timer.
class Poll {
public:
    static constexpr std::uint64_t timer_mark = ~std::uint64_t{0};

    Poll();
    Poll(const Poll&) = delete;
    Poll& operator=(const Poll&) = delete;
    ~Poll();

    void watch(int fd, std::uint64_t mark);
    void arm(std::int64_t when_ns);  // the timer, by now_ns()

    // Those that are ready, within a second; the timer is under timer_mark.
    std::span<const epoll_event> wait();

private:
    const int poll_, timer_;
    std::array<epoll_event, 64> events_{};
};

}  // namespace bench
