#pragma once

// Who waits for Redis, and until when. All wait equally long, so the first in the list has waited
// longest, and one timer serves them all.

#include <cstddef>

#include "base/list.hpp"
#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/timer.hpp"

namespace mmx::gate {

class Admission;
class Deadlines;

// An admission's place among those who wait; it leaves when it is destroyed.
class Deadline {
public:
    explicit Deadline(Admission& owner) noexcept : owner_(owner) {}
    ~Deadline() { end(); }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    bool running() const noexcept { return deadlines_ != nullptr; }
    // Since it began, whether or not it runs still.
    ngx_msec_t elapsed_ms() const noexcept { return ngx_current_msec - began_ms_; }
    void end() noexcept;

private:
    friend class Deadlines;

    Admission& owner_;
    Link<Deadline> link_{this};
    Deadlines* deadlines_ = nullptr;
    ngx_msec_t began_ms_ = 0;
};

class Deadlines {
public:
    // expired is called with each admission whose time is up; it must decide it. The metrics show
    // how many wait.
    Deadlines(ngx_msec_t timeout, Metrics& metrics, void* data,
              void (*expired)(void* data, Admission&) noexcept);
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;
    ~Deadlines();

    std::size_t waiting() const noexcept { return list_.size(); }

    void begin(Deadline& deadline) noexcept;

private:
    friend class Deadline;

    void expire() noexcept;
    void watch() noexcept;  // after every change of the list

    const ngx_msec_t timeout_;
    Metrics& metrics_;
    void* data_;
    void (*expired_)(void*, Admission&) noexcept;
    List<Deadline> list_;
    Timer timer_ = Timer::calling<&Deadlines::expire>(*this);
};

}  // namespace mmx::gate
