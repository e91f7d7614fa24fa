#pragma once

// A timer and a posted event of nginx's loop, as members of the object whose method they call:
//
//     Timer timer_ = Timer::calling<&DayTotals::on_timer>(*this);
//
// Both end with their owner. What the method throws becomes a line in the log.

#include "base/ngx.hpp"

namespace mmx::gate {

// What both are made of.
class LoopEvent {
public:
    LoopEvent(const LoopEvent&) = delete;
    LoopEvent& operator=(const LoopEvent&) = delete;

protected:
    using Call = void (*)(void* owner);

    LoopEvent(void* owner, Call call) noexcept;
    ~LoopEvent() = default;

    template <auto Method, class Owner>
    static void call(void* owner)
    {
        (static_cast<Owner*>(owner)->*Method)();
    }

    ngx_event_t event_{};

private:
    ngx_connection_t dummy_{};  // nginx asks every event for one
    void* owner_;
    Call call_;
};

class Timer : public LoopEvent {
public:
    template <auto Method, class Owner>
    static Timer calling(Owner& owner) noexcept
    {
        return {&owner, &call<Method, Owner>};
    }
    ~Timer() { stop(); }

    bool running() const noexcept { return event_.timer_set != 0; }

    // Calls once, after so many milliseconds; a timer that runs already starts anew.
    void start(ngx_msec_t ms) noexcept { ngx_add_timer(&event_, ms); }
    void start_unless_running(ngx_msec_t ms) noexcept
    {
        if (!running()) {
            start(ms);
        }
    }
    void stop() noexcept
    {
        if (running()) {
            ngx_del_timer(&event_);
        }
    }

    // A worker that quits waits for a timer that runs, unless that is cancelable. At first none is.
    void set_cancelable(bool cancelable) noexcept { event_.cancelable = cancelable; }

private:
    Timer(void* owner, Call call) noexcept : LoopEvent(owner, call) {}
};

// Calls once, at the end of this turn of the loop.
class PostedEvent : public LoopEvent {
public:
    template <auto Method, class Owner>
    static PostedEvent calling(Owner& owner) noexcept
    {
        return {&owner, &call<Method, Owner>};
    }
    ~PostedEvent();

    // Again has no effect until it has called.
    void post() noexcept
    {
        if (!event_.posted) {
            ngx_post_event(&event_, &ngx_posted_events);
        }
    }

private:
    PostedEvent(void* owner, Call call) noexcept : LoopEvent(owner, call) {}
};

}  // namespace mmx::gate
