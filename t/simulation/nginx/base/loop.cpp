#include "base/loop.hpp"

#include <algorithm>

#include "base/metrics.hpp"

ngx_msec_t ngx_current_msec = 0;
ngx_uint_t ngx_exiting = 0;
ngx_uint_t ngx_worker = 0;
pid_t ngx_pid = 0;
ngx_queue_t ngx_posted_events;
ngx_module_t ngx_http_mmx_module;

namespace {

ngx_log_t the_log;
ngx_cycle_t the_cycle{&the_log};

}  // namespace

ngx_cycle_t* ngx_cycle = &the_cycle;

void ngx_add_timer(ngx_event_t* event, ngx_msec_t ms) noexcept
{
    mmx::simulation::Loop::current().add_timer(*event, ms);
}

void ngx_del_timer(ngx_event_t* event) noexcept
{
    event->home->remove_timer(*event);
}

void ngx_post_event(ngx_event_t* event, ngx_queue_t*) noexcept
{
    if (!event->posted) {
        mmx::simulation::Loop::current().post(*event);
    }
}

void ngx_delete_posted_event(ngx_event_t* event) noexcept
{
    event->home->remove_posted(*event);
}

// In place of module/base/metrics.cpp, which keeps the metrics in shared memory.
namespace mmx::gate {

std::uint64_t monotonic_us() noexcept
{
    return static_cast<std::uint64_t>(simulation::clock_us);
}

std::string_view counted_word(Counted verdict) noexcept
{
    static constexpr std::string_view words = "abcdefghijklmnopqrstuvwxyz";
    return words.substr(static_cast<std::size_t>(verdict), 1);
}

}  // namespace mmx::gate

namespace mmx::simulation {
namespace {

// nginx leaves a timer that is set where it is when it would move by less.
constexpr ngx_msec_t timer_lazy_ms = 300;

Loop nobody;  // what runs outside every turn: the end of what belonged to workers that are gone
Loop* entered = &nobody;

}  // namespace

std::int64_t clock_us = 0;

void log(unsigned level, std::string_view text)
{
    if (entered->on_log) {
        entered->on_log(level, text);
    }
}

Loop& Loop::current() noexcept
{
    return *entered;
}

void Loop::turn(const std::function<void()>& body, ngx_msec_t stale_ms)
{
    entered = this;
    ngx_current_msec = static_cast<ngx_msec_t>(clock_us / 1000) - stale_ms;
    ngx_exiting = exiting ? 1 : 0;
    ngx_worker = worker;
    ngx_pid = pid;
    body();
    expire_timers();
    run_posted();
    entered = &nobody;
}

std::optional<ngx_msec_t> Loop::next_timer() const noexcept
{
    const auto first =
        std::ranges::min_element(timers_, {}, [](const ngx_event_t* event) { return event->due; });
    return first == timers_.end() ? std::nullopt : std::optional((*first)->due);
}

bool Loop::holds_up_quit() const noexcept
{
    return std::ranges::any_of(timers_,
                               [](const ngx_event_t* event) { return !event->cancelable; });
}

void Loop::add_timer(ngx_event_t& event, ngx_msec_t ms)
{
    const ngx_msec_t due = ngx_current_msec + ms;
    if (event.timer_set) {
        const auto moves = static_cast<std::int64_t>(due - event.due);
        if (static_cast<ngx_msec_t>(std::abs(moves)) < timer_lazy_ms) {
            return;
        }
        event.home->remove_timer(event);
    }
    event.timer_set = 1;
    event.due = due;
    event.home = this;
    timers_.push_back(&event);
}

void Loop::remove_timer(ngx_event_t& event) noexcept
{
    event.timer_set = 0;
    std::erase(timers_, &event);
}

void Loop::post(ngx_event_t& event)
{
    event.posted = 1;
    event.home = this;
    posted_.push_back(&event);
}

void Loop::remove_posted(ngx_event_t& event) noexcept
{
    event.posted = 0;
    std::erase(posted_, &event);
}

void Loop::expire_timers()
{
    for (;;) {
        const auto first = std::ranges::min_element(
            timers_, {}, [](const ngx_event_t* event) { return event->due; });
        if (first == timers_.end() || (*first)->due > ngx_current_msec) {
            return;
        }
        ngx_event_t* event = *first;
        remove_timer(*event);
        event->handler(event);
    }
}

void Loop::run_posted()
{
    while (!posted_.empty()) {
        ngx_event_t* event = posted_.front();
        posted_.pop_front();
        event->posted = 0;
        event->handler(event);
    }
}

}  // namespace mmx::simulation
