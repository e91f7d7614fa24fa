#include "wire.hpp"

#include <array>
#include <memory>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace upstream {

namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds linger_max{2000};
constexpr std::chrono::milliseconds drain_max{2000};
constexpr std::chrono::milliseconds drain_poll{1};

// Shared with the handler of a wait that may outlive the pause.
struct Pause {
    Pause(const asio::any_io_executor& executor, std::chrono::milliseconds time)
        : timer(executor, time)
    {
    }
    asio::steady_timer timer;
    bool over = false;
    bool peer_gone = false;
};

bool at_end(int fd)
{
    char byte = 0;
    const ssize_t seen = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen == 0 || (seen < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

Wire::Wire(asio::ip::tcp::socket socket, asio::ssl::context* tls)
    : socket_(std::move(socket)), idle_since_(steady_clock::now())
{
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (tls != nullptr) {
        tls_.emplace(socket_, *tls);
    }
}

asio::awaitable<bool> Wire::handshake()
{
    if (!tls_) {
        co_return true;
    }
    error_code error;
    co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

asio::awaitable<std::size_t> Wire::read_some(asio::mutable_buffer buffer)
{
    error_code error;
    std::size_t size = 0;
    if (tls_) {
        size = co_await tls_->async_read_some(buffer,
                                              asio::redirect_error(asio::use_awaitable, error));
    } else {
        size = co_await socket_.async_read_some(buffer,
                                                asio::redirect_error(asio::use_awaitable, error));
    }
    idle_since_ = steady_clock::now();
    co_return error ? 0 : size;
}

asio::awaitable<bool> Wire::write(std::string_view bytes)
{
    error_code error;
    const auto buffer = asio::buffer(bytes.data(), bytes.size());
    if (tls_) {
        co_await asio::async_write(*tls_, buffer, asio::redirect_error(asio::use_awaitable, error));
    } else {
        co_await asio::async_write(socket_, buffer,
                                   asio::redirect_error(asio::use_awaitable, error));
    }
    idle_since_ = steady_clock::now();
    co_return !error;
}

asio::awaitable<Wire::Played> Wire::play(const Script& script)
{
    Played played;
    for (const Step& step : script.steps) {
        switch (step.kind) {
        case Step::Kind::write:
            if (!co_await write(step.bytes)) {
                co_return played;
            }
            played.bytes_sent += step.bytes.size();
            break;
        case Step::Kind::pause:
            if (!co_await pause(step.time)) {
                co_return played;
            }
            break;
        case Step::Kind::reset:
            co_await reset();
            played.finished = true;
            co_return played;
        case Step::Kind::close: played.finished = true; co_return played;
        }
    }
    played.finished = true;
    played.open = script.keep_alive;
    co_return played;
}

// Waits, but no longer than the peer does. False when the peer has closed or reset.
asio::awaitable<bool> Wire::pause(std::chrono::milliseconds time)
{
    const auto state = std::make_shared<Pause>(socket_.get_executor(), time);
    const int fd = socket_.native_handle();
    socket_.async_wait(asio::ip::tcp::socket::wait_read, [state, fd](const error_code& error) {
        if (!error && !state->over && at_end(fd)) {
            state->peer_gone = true;
            state->timer.cancel();
        }
    });
    error_code ignored;
    co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    state->over = true;
    socket_.cancel(ignored);  // nothing else is pending on it
    idle_since_ = steady_clock::now();
    co_return !state->peer_gone && socket_.is_open();
}

// Until the peer's kernel has everything, so that a reset takes back nothing that was sent.
asio::awaitable<void> Wire::drain()
{
    asio::steady_timer timer(socket_.get_executor());
    const auto deadline = steady_clock::now() + drain_max;
    int unsent = 0;
    error_code ignored;
    while (steady_clock::now() < deadline &&
           ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) == 0 && unsent > 0) {
        timer.expires_after(drain_poll);
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

asio::awaitable<void> Wire::reset()
{
    co_await drain();
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

asio::awaitable<void> Wire::finish()
{
    if (!socket_.is_open()) {
        co_return;
    }
    error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    const auto deadline = steady_clock::now() + linger_max;
    idle_since_ = steady_clock::now();
    const auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), linger_max);
    const int fd = socket_.native_handle();
    timer->async_wait([timer, fd](const error_code& error) {
        if (!error) {
            ::shutdown(fd, SHUT_RD);
        }
    });
    std::array<char, 4096> waste;
    error_code error;
    while (!error && steady_clock::now() < deadline) {
        co_await socket_.async_read_some(asio::buffer(waste),
                                         asio::redirect_error(asio::use_awaitable, error));
    }
    timer->cancel();
    socket_.close(ignored);
}

void Wire::abort()
{
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace upstream
