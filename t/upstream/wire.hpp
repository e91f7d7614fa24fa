#pragma once

// One connection, plain or TLS, with the faults that need the socket itself.
//
// Every wait ends: the server closes what has been idle too long (`idle_since`), which makes the
// pending operation fail.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange and does not include it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include "script.hpp"

namespace upstream {

namespace asio = boost::asio;
using boost::system::error_code;

class Wire {
public:
    Wire(asio::ip::tcp::socket socket, asio::ssl::context* tls);

    // False when the peer did not complete it.
    asio::awaitable<bool> handshake();

    // 0: the end, an error or a reset.
    asio::awaitable<std::size_t> read_some(asio::mutable_buffer buffer);

    asio::awaitable<bool> write(std::string_view bytes);

    struct Played {
        std::uint64_t bytes_sent = 0;
        bool finished = false;  // every step was played; a reset or close as ordered counts
        bool open = false;      // and the connection may carry another answer
    };
    asio::awaitable<Played> play(const Script& script);

    // Ends the connection in good order: what was sent arrives even if the peer still sends.
    asio::awaitable<void> finish();

    void abort();  // closes at once; pending operations fail
    std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }

private:
    asio::awaitable<bool> pause(std::chrono::milliseconds time);
    asio::awaitable<void> drain();
    asio::awaitable<void> reset();

    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    std::chrono::steady_clock::time_point idle_since_;
};

}  // namespace upstream
