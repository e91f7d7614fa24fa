#include "wire.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr int backlog = 4096;

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

void fail(const char* what)
{
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

std::int64_t now_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * second_ns + now.tv_nsec;
}

int connect_to(std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("connect");
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        fail("fcntl");
    }
    return fd;
}

int listen_on(std::uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    const sockaddr_in address = loopback(port);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(fd, backlog) != 0) {
        fail("listen");
    }
    return fd;
}

void send_all(int fd, std::string_view bytes)
{
    if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
        fail("send");
    }
}

Poll::Poll()
    : poll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    watch(timer_, timer_mark);
}

Poll::~Poll()
{
    close(timer_);
    close(poll_);
}

void Poll::watch(int fd, std::uint64_t mark)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = mark;
    if (fd < 0 || epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll");
    }
}

void Poll::arm(std::int64_t when_ns)
{
    itimerspec when{};
    when.it_value.tv_sec = when_ns / second_ns;
    when.it_value.tv_nsec = when_ns % second_ns;
    if (timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr) != 0) {
        fail("timer");
    }
}

std::span<const epoll_event> Poll::wait()
{
    const int count = epoll_wait(poll_, events_.data(), events_.size(), 1000);
    const std::span<const epoll_event> ready(events_.data(), count > 0 ? count : 0);
    for (const epoll_event& event : ready) {
        std::uint64_t expirations = 0;
        if (event.data.u64 == timer_mark && read(timer_, &expirations, sizeof expirations) < 0 &&
            errno != EAGAIN) {
            fail("timer");
        }
    }
    return ready;
}

}  // namespace bench
