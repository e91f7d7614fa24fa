#pragma once

// One pipelined connection per worker, on nginx's event loop. Never blocks.
//
// Replies come back in the order commands were sent, so the queue of waiters is the whole protocol
// state. Commands appended in one turn of the loop leave in one write. When the connection is lost
// it is made again by itself: at once, then with growing pauses, and to where Redis is then; what
// was under way is not sent again from here, its waiters are told and decide.

#include <deque>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "lib/resp.hpp"
#include "redis/addresses.hpp"

namespace mmx::gate {

inline constexpr std::size_t pending_max = 65536;            // commands without a reply
inline constexpr std::size_t output_max = 16 * 1024 * 1024;  // bytes not yet written
inline constexpr ngx_msec_t reconnect_min_ms = 10;
inline constexpr ngx_msec_t reconnect_max_ms = 200;
inline constexpr ngx_msec_t refused_pause_ms = 1000;  // after wrong credentials and the like
inline constexpr ngx_msec_t look_up_wait_ms = 200;    // then the addresses known before are tried

// Waits for replies. Gets each of them, or once on_lost() for all; before that on_unreadable(),
// when it was this one's reply that could not be read and ends the connection.
class ReplyWaiter {
public:
    virtual void on_reply(const resp::Reply& reply) noexcept = 0;
    virtual void on_unreadable() noexcept {}
    virtual void on_lost() noexcept = 0;

protected:
    ~ReplyWaiter() = default;  // never owned through this base
};

// What an error reply says of the server, whatever was asked.
RedisState state_said_by(std::string_view error) noexcept;

// Who is told of the connection's state. connected: the greeting is to be sent next. lost: it is
// gone, or could not be made, and why.
struct ConnectionEvents {
    void* data;
    void (*connected)(void* data) noexcept;
    void (*lost)(void* data, RedisState why) noexcept;
};

class RedisConnection {
public:
    RedisConnection(const RedisTarget& target, ngx_msec_t reply_timeout, ConnectionEvents events);
    RedisConnection(const RedisConnection&) = delete;
    RedisConnection& operator=(const RedisConnection&) = delete;
    ~RedisConnection();

    // Connects unless connected or waiting to try again.
    void wake() noexcept;
    bool connected() const noexcept { return established_; }

    // The buffer for commands; append whole commands only. Each owes expect() one call per reply.
    std::string& output() noexcept { return output_; }
    void expect(ReplyWaiter& waiter) { pending_.push_back(&waiter); }
    bool full() const noexcept
    {
        return pending_.size() >= pending_max || output_.size() - written_ >= output_max;
    }

    // Writes what output() holds, at once as far as the socket takes it.
    void flush() noexcept;

    // Drops the connection; why goes to the log, once a second at most. The pause before the next
    // try is at least pause_ms.
    void fail(RedisState state, std::string_view why, ngx_msec_t pause_ms = 0) noexcept;

    // Says that the greeting was accepted: the next failure starts with the shortest pause again.
    void greeted() noexcept;

    // Says that somebody depends on the connection: its timers then keep a quitting worker alive.
    void set_needed(bool needed) noexcept;

private:
    void connect() noexcept;
    void connect_to_next() noexcept;
    void on_looked_up(bool changed) noexcept;
    void established() noexcept;
    void on_write() noexcept;
    void on_read() noexcept;
    void deliver() noexcept;
    void close() noexcept;
    void schedule_reconnect(ngx_msec_t pause_ms) noexcept;
    void watch_replies() noexcept;
    void log_failure(std::string_view why) noexcept;

    const RedisTarget& target_;
    ngx_msec_t reply_timeout_;
    ConnectionEvents events_;
    RedisAddresses addresses_;
    RedisAddress at_;         // of the connection
    ngx_str_t name_{};        // the same for nginx
    bool looked_up_ = false;  // for the connection to be made

    ngx_log_t quiet_log_;  // nginx's own lines on a failing peer would repeat ours at each try
    ngx_peer_connection_t peer_{};
    Timer reconnect_ = Timer::calling<&RedisConnection::connect>(*this);
    ngx_msec_t pause_ms_ = 0;
    bool established_ = false, delivering_ = false, needed_ = false;
    std::string deferred_failure_;  // fail() was called by a waiter, under deliver()
    RedisState deferred_state_ = RedisState::lost;
    ngx_msec_t deferred_pause_ms_ = 0;

    std::string output_;
    std::size_t written_ = 0;
    std::deque<ReplyWaiter*> pending_;
    std::unique_ptr<resp::Reader> reader_;  // a new one for each connection

    time_t last_logged_ = 0;
    ngx_uint_t unlogged_ = 0;
};

}  // namespace mmx::gate
