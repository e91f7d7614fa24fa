#pragma once

// The way to the simulated Redis: stands before module/redis/connection.hpp, says the same to the
// commits, and behaves as that does. In place of a socket it has a wire.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "lib/resp.hpp"

namespace mmx::simulation {

// What a worker's connection is made of. on_… of the connection are called in turns of its worker.
class Wire {
public:
    virtual std::uint64_t dial() = 0;  // a socket; it is told later whether it is connected
    virtual void send(std::uint64_t socket, std::string_view commands) = 0;
    virtual void hang_up(std::uint64_t socket) = 0;
    virtual ngx_msec_t jitter(ngx_msec_t below) = 0;

protected:
    ~Wire() = default;
};

}  // namespace mmx::simulation

namespace mmx::gate {

inline constexpr std::size_t pending_max = 64;  // small, so that it is reached
inline constexpr ngx_msec_t reconnect_min_ms = 10;
inline constexpr ngx_msec_t reconnect_max_ms = 200;
inline constexpr ngx_msec_t refused_pause_ms = 1000;

class ReplyWaiter {
public:
    virtual void on_reply(const resp::Reply& reply) noexcept = 0;
    virtual void on_unreadable() noexcept {}
    virtual void on_lost() noexcept = 0;

protected:
    ~ReplyWaiter() = default;
};

RedisState state_said_by(std::string_view error) noexcept;

struct ConnectionEvents {
    void* data;
    void (*connected)(void* data) noexcept;
    void (*lost)(void* data, RedisState why) noexcept;
};

class RedisConnection {
public:
    RedisConnection(simulation::Wire& wire, ngx_msec_t reply_timeout, ConnectionEvents events);
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;

    void wake() noexcept;
    bool connected() const noexcept { return established_; }
    std::string& output() noexcept { return output_; }
    void expect(ReplyWaiter& waiter) { pending_.push_back(&waiter); }
    bool full() const noexcept { return pending_.size() >= pending_max; }
    void flush() noexcept;
    void fail(RedisState state, std::string_view why, ngx_msec_t pause_ms = 0) noexcept;
    void greeted() noexcept { pause_ms_ = 0; }
    void set_needed(bool needed) noexcept;

    // What the wire tells of the socket; of one that is no more this one's it tells nothing.
    void on_connected(std::uint64_t socket);
    void on_bytes(std::uint64_t socket, std::string_view bytes);
    void on_closed(std::uint64_t socket);

    // The worker was told to quit: nginx closes what is idle then.
    void on_quit() noexcept;

private:
    void connect() noexcept;
    void on_silence() noexcept;
    void deliver() noexcept;
    void close() noexcept;
    void schedule_reconnect(ngx_msec_t pause_ms) noexcept;

    simulation::Wire& wire_;
    ngx_msec_t reply_timeout_;
    ConnectionEvents events_;
    std::uint64_t socket_ = 0;  // 0: none

    Timer reconnect_ = Timer::calling<&RedisConnection::connect>(*this);
    Timer silence_ = Timer::calling<&RedisConnection::on_silence>(*this);
    ngx_msec_t pause_ms_ = 0;
    bool established_ = false, delivering_ = false, needed_ = false;
    std::string deferred_failure_;
    RedisState deferred_state_ = RedisState::lost;
    ngx_msec_t deferred_pause_ms_ = 0;

    std::string output_;
    std::deque<ReplyWaiter*> pending_;
    std::unique_ptr<resp::Reader> reader_;
};

}  // namespace mmx::gate
