#pragma once

// The event loop of one simulated worker: its timers and posted events. What the module asks of
// nginx goes to the loop that was entered; whoever runs a worker enters its loop for one turn.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ngx.hpp"

namespace mmx::simulation {

// Microseconds of the one clock that all hosts share.
extern std::int64_t clock_us;

class Loop {
public:
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // One turn: body(), then the timers that are due, then what was posted. stale_ms: nginx' cached
    // time lags so far behind, as that of a worker which was stopped just after it had read it.
    void turn(const std::function<void()>& body, ngx_msec_t stale_ms = 0);

    // When the next timer is due; milliseconds of nginx' clock.
    std::optional<ngx_msec_t> next_timer() const noexcept;
    // Whether a timer runs that a worker which quits waits for.
    bool holds_up_quit() const noexcept;

    void add_timer(ngx_event_t& event, ngx_msec_t ms);
    void remove_timer(ngx_event_t& event) noexcept;
    void post(ngx_event_t& event);
    void remove_posted(ngx_event_t& event) noexcept;

    bool exiting = false;
    bool dead = false;  // its process is no more
    ngx_uint_t worker = 0;
    pid_t pid = 0;
    std::function<void(unsigned level, std::string_view text)> on_log;

    static Loop& current() noexcept;

private:
    void expire_timers();
    void run_posted();

    std::vector<ngx_event_t*> timers_;
    std::deque<ngx_event_t*> posted_;
};

}  // namespace mmx::simulation
