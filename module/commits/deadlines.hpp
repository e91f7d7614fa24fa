#pragma once

// Who waits for Redis, and until when. All wait equally long, so the first in the list has waited
// longest, and one timer serves them all.

#include <cstddef>

#include "base/list.hpp"
#include "base/ngx.hpp"
#include "commits/admission.hpp"

namespace mmx::gate {

class Deadlines {
public:
    // expired is called with each admission whose time is up; it must decide it.
    Deadlines(ngx_msec_t timeout, void* data, void (*expired)(void* data, Admission&) noexcept);
    Deadlines(const Deadlines&) = delete;
    Deadlines& operator=(const Deadlines&) = delete;
    ~Deadlines();

    std::size_t waiting() const noexcept { return waiting_; }

    void add(Admission& admission) noexcept;
    // One was decided, or its request has gone: it is not in the list any more.
    void left() noexcept;

private:
    void expire() noexcept;
    void watch() noexcept;

    const ngx_msec_t timeout_;
    void* data_;
    void (*expired_)(void*, Admission&) noexcept;
    List<Admission> list_;
    std::size_t waiting_ = 0;
    ngx_event_t timer_{};
    ngx_connection_t dummy_{};  // nginx asks every event for one
};

}  // namespace mmx::gate
