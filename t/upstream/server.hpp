#pragma once

// Accepts connections and answers on them, all on one thread. Owns the ledger, the accepted keys
// and the default switches; `control.cpp` is the part tests steer it by.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ledger.hpp"
#include "options.hpp"
#include "request.hpp"
#include "wire.hpp"

namespace upstream {

inline constexpr std::size_t connections_max = 20'000;  // more are closed as they come
inline constexpr std::size_t header_max_bytes = 256 << 10;
inline constexpr std::uint64_t body_max_bytes = 128 << 20;
inline constexpr std::chrono::seconds idle_max{700};  // above the longest stall

class Server {
public:
    Server(asio::io_context& context, const Options& options);

    // Throws boost::system::system_error when the address cannot be listened on.
    void start();
    std::string address() const;  // ADDRESS:PORT, with the port really taken

private:
    struct Default {
        std::string text;
        Switches switches;
        std::optional<std::uint64_t> times;  // absent: until it is set again
    };

    asio::awaitable<void> accept_loop();
    asio::awaitable<void> sweep_loop();
    asio::awaitable<void> serve(std::shared_ptr<Wire> wire);
    asio::awaitable<bool> answer_next(Wire& wire, std::string& input);
    asio::awaitable<bool> answer_one(Wire& wire, const Request& request, bool early);

    Switches switches_for(const Request& request);
    Answer answer_for(const Request& request, const Switches& switches, const std::string& id);
    bool key_accepted(const Request& request) const;
    void load_keys();

    // control.cpp
    Answer control(const Request& request);
    Answer set_default(const Request& request, std::string_view query);

    asio::io_context& context_;
    const Options options_;
    std::optional<asio::ssl::context> tls_;
    asio::ip::tcp::acceptor acceptor_;
    Ledger ledger_;
    std::set<std::string> keys_;  // SHA-256 in hex; unused when no file was given
    Default default_;
    std::set<std::shared_ptr<Wire>> wires_;
    std::uint64_t connections_ = 0, answers_ = 0;
};

}  // namespace upstream
