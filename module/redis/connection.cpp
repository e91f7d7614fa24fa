#include "redis/connection.hpp"

#include <algorithm>

#include "lib/redis_refusal.hpp"

namespace mmx::gate {
namespace {

constexpr std::size_t read_size = 16 * 1024;         // bytes taken from the socket at once
constexpr std::size_t written_kept_max = 64 * 1024;  // bytes written and still in the buffer

RedisConnection& of(ngx_event_t* event) noexcept
{
    return *static_cast<RedisConnection*>(static_cast<ngx_connection_t*>(event->data)->data);
}

}  // namespace

RedisState state_said_by(std::string_view error) noexcept
{
    switch (refusal_of(error)) {
    case RedisRefusal::loading:
    case RedisRefusal::busy: return RedisState::loading;
    case RedisRefusal::read_only: return RedisState::replica;
    case RedisRefusal::credentials: return RedisState::auth;
    case RedisRefusal::forbidden:  // to our user, or to every one of that server
        return error.starts_with("NOPERM") ? RedisState::auth : RedisState::refused;
    case RedisRefusal::unwilling:
    case RedisRefusal::no_script:
    case RedisRefusal::other: break;
    }
    return RedisState::refused;
}

RedisConnection::RedisConnection(const RedisTarget& target, ngx_msec_t reply_timeout,
                                 ConnectionEvents events)
    : target_(target), reply_timeout_(reply_timeout), events_(events),
      addresses_(target, {.data = this,
                          .looked_up =
                              [](void* data, bool changed) noexcept {
                                  static_cast<RedisConnection*>(data)->on_looked_up(changed);
                              }}),
      quiet_log_(*ngx_cycle->log)
{
    quiet_log_.log_level = NGX_LOG_EMERG;
    quiet_log_.next = nullptr;
    reconnect_.set_cancelable(true);
}

RedisConnection::~RedisConnection()
{
    close();
}

void RedisConnection::wake() noexcept
{
    if (peer_.connection == nullptr && !reconnect_.running()) {
        connect();
    }
}

void RedisConnection::set_needed(bool needed) noexcept
{
    needed_ = needed;
    reconnect_.set_cancelable(!needed);
    if (peer_.connection != nullptr) {
        peer_.connection->read->cancelable = !needed;
        peer_.connection->write->cancelable = !needed;
    }
    if (needed) {
        wake();  // a worker that quits closes the connection while nobody needs it
    }
}

// Where Redis is, is asked before each try. The answer is waited for a moment: it may have moved,
// and what is at its old address need not be it.
void RedisConnection::connect() noexcept
{
    if (!std::exchange(looked_up_, true) && addresses_.look_up()) {
        return reconnect_.start(look_up_wait_ms);
    }
    looked_up_ = false;
    connect_to_next();
}

void RedisConnection::on_looked_up(bool changed) noexcept
{
    if (peer_.connection != nullptr) {
        if (!addresses_.has(at_)) {
            fail(RedisState::connecting, "has moved");
        }
    } else if (reconnect_.running() && (looked_up_ || changed)) {
        reconnect_.stop();
        looked_up_ = true;
        connect();
    }
}

void RedisConnection::connect_to_next() noexcept
{
    const RedisAddress* address = addresses_.next();
    if (address == nullptr) {
        return fail(RedisState::resolving, "cannot be found: nobody knows its name");
    }
    at_ = *address;
    name_ = ngx::borrow(at_.text);
    peer_ = {};
    peer_.sockaddr = at_.get();
    peer_.socklen = at_.length;
    peer_.name = &name_;
    peer_.get = ngx_event_get_peer;
    peer_.log = &quiet_log_;
    peer_.log_error = NGX_ERROR_ERR;

    ngx_int_t rc = ngx_event_connect_peer(&peer_);
    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED || peer_.connection == nullptr) {
        return fail(RedisState::connecting, "cannot be reached");
    }

    ngx_connection_t* c = peer_.connection;
    c->data = this;
    c->log = c->read->log = c->write->log = &quiet_log_;
    c->read->handler = [](ngx_event_t* event) { of(event).on_read(); };
    c->write->handler = [](ngx_event_t* event) { of(event).on_write(); };
    set_needed(needed_);
    if (rc == NGX_AGAIN) {
        ngx_add_timer(c->write, reply_timeout_);
        return;
    }
    established();
}

// The socket is connected: a greeting may be sent and the commands behind it.
void RedisConnection::established() noexcept
{
    ngx_connection_t* c = peer_.connection;
    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    int error = 0;
    socklen_t length = sizeof(error);
    if (::getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1 || error != 0) {
        return fail(RedisState::connecting, "cannot be reached");
    }
    if (peer_.sockaddr->sa_family != AF_UNIX && ngx_tcp_nodelay(c) != NGX_OK) {
        return fail(RedisState::connecting, "TCP_NODELAY failed");
    }

    reader_ = std::make_unique<resp::Reader>();
    established_ = true;
    events_.connected(events_.data);
    flush();
}

void RedisConnection::on_write() noexcept
{
    ngx_connection_t* c = peer_.connection;
    if (c->write->timedout) {
        return fail(RedisState::connecting, "connecting timed out");
    }
    if (!established_) {
        return established();
    }
    flush();
}

void RedisConnection::flush() noexcept
{
    ngx_connection_t* c = peer_.connection;
    if (!established_ || delivering_) {
        return;
    }

    while (written_ < output_.size()) {
        ssize_t n = c->send(c, reinterpret_cast<u_char*>(output_.data()) + written_,
                            output_.size() - written_);
        if (n == NGX_AGAIN) {
            break;
        }
        if (n <= 0) {
            return fail(RedisState::lost, "closed the connection");
        }
        written_ += static_cast<std::size_t>(n);
    }

    // Behind a socket that is never quite drained, what was written must not pile up.
    if (written_ == output_.size() || written_ >= written_kept_max) {
        output_.erase(0, written_);
        written_ = 0;
    }
    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        return fail(RedisState::lost, "event registration failed");
    }
    watch_replies();
}

// The timer of replies runs while any is owed; each batch that arrives starts it anew.
void RedisConnection::watch_replies() noexcept
{
    ngx_connection_t* c = peer_.connection;
    c->idle = pending_.empty();
    if (pending_.empty()) {
        if (c->read->timer_set) {
            ngx_del_timer(c->read);
        }
    } else if (!c->read->timer_set) {
        ngx_add_timer(c->read, reply_timeout_);
    }
}

void RedisConnection::on_read() noexcept
{
    ngx_connection_t* c = peer_.connection;
    if (c->close) {  // the worker is quitting; whoever still needs Redis wakes us again
        if (pending_.empty()) {
            return close();
        }
        return fail(RedisState::lost, "closed: the worker is quitting");
    }
    if (c->read->timedout) {
        // A late reply would be taken for the answer to another command.
        return fail(RedisState::lost, "no reply in time");
    }
    if (!established_) {
        return;  // the write event tells whether the connection was made
    }

    u_char buffer[read_size];
    bool progress = false;
    for (;;) {
        ssize_t n = c->recv(c, buffer, sizeof(buffer));
        if (n == NGX_AGAIN) {
            break;
        }
        if (n <= 0) {
            return fail(RedisState::lost, "closed the connection");
        }
        progress = true;
        reader_->feed({reinterpret_cast<char*>(buffer), static_cast<std::size_t>(n)});
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
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return fail(RedisState::lost, "event registration failed");
    }
    if (progress && c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    flush();
}

void RedisConnection::deliver() noexcept
{
    delivering_ = true;
    while (const resp::Reply* reply = reader_->next()) {
        if (pending_.empty()) {
            // Redis speaks first only to turn us away: too many clients, or a shutdown.
            std::string_view said = reply->error();
            deferred_state_ = said.empty() ? RedisState::lost : state_said_by(said);
            deferred_failure_ = said.empty() ? std::string_view("sent an unexpected reply") : said;
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

    log_failure(why);
    close();
    schedule_reconnect(pause_ms);
    events_.lost(events_.data, state);

    // Told one by one, from the front: a waiter on_lost() may not be in the queue again.
    for (std::deque<ReplyWaiter*> lost = std::exchange(pending_, {}); !lost.empty();
         lost.pop_front()) {
        lost.front()->on_lost();
    }
}

void RedisConnection::close() noexcept
{
    if (peer_.connection != nullptr) {
        ngx_close_connection(peer_.connection);
        peer_.connection = nullptr;
    }
    established_ = false;
    output_.clear();
    written_ = 0;
}

// At once after a working connection, then with pauses that double; the jitter keeps the workers
// of many gateways from returning in step.
void RedisConnection::schedule_reconnect(ngx_msec_t pause_ms) noexcept
{
    if (ngx_exiting && !needed_) {
        return;
    }
    pause_ms_ = std::max(pause_ms, std::clamp(pause_ms_ * 2, reconnect_min_ms, reconnect_max_ms));
    reconnect_.start(pause_ms_ + static_cast<ngx_msec_t>(ngx_random()) % reconnect_min_ms);
    if (pause_ms_ > reconnect_max_ms) {
        pause_ms_ = reconnect_max_ms;
    }
}

void RedisConnection::greeted() noexcept
{
    pause_ms_ = 0;
}

void RedisConnection::log_failure(std::string_view why) noexcept
{
    if (last_logged_ == ngx_time()) {
        ++unlogged_;
        return;
    }
    ngx_str_t name = ngx::borrow(target_.name), text = ngx::borrow(why);
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "mmx: redis %V: %V, %uz replies lost, %ui failures before this not logged", &name,
                  &text, pending_.size(), unlogged_);
    last_logged_ = ngx_time();
    unlogged_ = 0;
}

}  // namespace mmx::gate
