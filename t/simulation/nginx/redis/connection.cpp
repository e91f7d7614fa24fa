#include "redis/connection.hpp"

#include <algorithm>

#include "lib/redis_refusal.hpp"

namespace mmx::gate {

RedisState state_said_by(std::string_view error) noexcept
{
    return refusal_of(error) == RedisRefusal::loading ? RedisState::loading : RedisState::refused;
}

RedisConnection::RedisConnection(simulation::Wire& wire, ngx_msec_t reply_timeout,
                                 ConnectionEvents events)
    : wire_(wire), reply_timeout_(reply_timeout), events_(events)
{
    reconnect_.set_cancelable(true);
    silence_.set_cancelable(true);
}

void RedisConnection::wake() noexcept
{
    if (socket_ == 0 && !reconnect_.running()) {
        connect();
    }
}

void RedisConnection::set_needed(bool needed) noexcept
{
    needed_ = needed;
    reconnect_.set_cancelable(!needed);
    silence_.set_cancelable(!needed);
    if (needed) {
        wake();
    }
}

void RedisConnection::connect() noexcept
{
    socket_ = wire_.dial();
    silence_.start(reply_timeout_);
}

void RedisConnection::on_connected(std::uint64_t socket)
{
    if (socket != socket_) {
        return;
    }
    silence_.stop();
    reader_ = std::make_unique<resp::Reader>();
    established_ = true;
    events_.connected(events_.data);
    flush();
}

void RedisConnection::flush() noexcept
{
    if (!established_ || delivering_) {
        return;
    }
    if (!output_.empty()) {
        wire_.send(socket_, output_);
        output_.clear();
    }
    if (pending_.empty()) {
        silence_.stop();
    } else {
        silence_.start_unless_running(reply_timeout_);
    }
}

void RedisConnection::on_silence() noexcept
{
    established_ ? fail(RedisState::lost, "no reply in time")
                 : fail(RedisState::connecting, "connecting timed out");
}

void RedisConnection::on_bytes(std::uint64_t socket, std::string_view bytes)
{
    if (socket != socket_) {
        return;
    }
    reader_->feed(bytes);
    deliver();
    if (!deferred_failure_.empty()) {
        return fail(deferred_state_, std::exchange(deferred_failure_, {}), deferred_pause_ms_);
    }
    if (reader_->broken()) {
        if (!pending_.empty()) {
            pending_.front()->on_unreadable();
        }
        return fail(RedisState::lost, reader_->error());
    }
    silence_.stop();
    flush();
}

void RedisConnection::on_closed(std::uint64_t socket)
{
    if (socket == socket_) {
        fail(RedisState::lost, "closed the connection");
    }
}

void RedisConnection::on_quit() noexcept
{
    if (established_ && pending_.empty()) {
        close();
    }
}

void RedisConnection::deliver() noexcept
{
    delivering_ = true;
    while (const resp::Reply* reply = reader_->next()) {
        if (pending_.empty()) {
            deferred_state_ = RedisState::lost;
            deferred_failure_ = "sent an unexpected reply";
            deferred_pause_ms_ = 0;
        }
        if (!deferred_failure_.empty()) {
            break;
        }
        ReplyWaiter* waiter = pending_.front();
        pending_.pop_front();
        waiter->on_reply(*reply);
    }
    delivering_ = false;
}

void RedisConnection::fail(RedisState state, std::string_view why, ngx_msec_t pause_ms) noexcept
{
    if (delivering_) {
        deferred_state_ = state;
        deferred_failure_ = why;
        deferred_pause_ms_ = pause_ms;
        return;
    }
    close();
    schedule_reconnect(pause_ms);
    events_.lost(events_.data, state);
    for (std::deque<ReplyWaiter*> lost = std::exchange(pending_, {}); !lost.empty();
         lost.pop_front()) {
        lost.front()->on_lost();
    }
}

void RedisConnection::close() noexcept
{
    if (socket_ != 0) {
        wire_.hang_up(std::exchange(socket_, 0));
    }
    silence_.stop();
    established_ = false;
    output_.clear();
}

void RedisConnection::schedule_reconnect(ngx_msec_t pause_ms) noexcept
{
    if (ngx_exiting && !needed_) {
        return;
    }
    pause_ms_ = std::max(pause_ms, std::clamp(pause_ms_ * 2, reconnect_min_ms, reconnect_max_ms));
    reconnect_.start(pause_ms_ + wire_.jitter(reconnect_min_ms));
    pause_ms_ = std::min(pause_ms_, reconnect_max_ms);
}

}  // namespace mmx::gate
