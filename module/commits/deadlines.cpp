#include "commits/deadlines.hpp"

#include <utility>

namespace mmx::gate {

void Deadline::end() noexcept
{
    link_.leave();
    if (Deadlines* former = std::exchange(deadlines_, nullptr)) {
        former->watch();
    }
}

Deadlines::Deadlines(ngx_msec_t timeout, Metrics& metrics, void* data,
                     void (*expired)(void*, Admission&) noexcept)
    : timeout_(timeout), metrics_(metrics), data_(data), expired_(expired)
{
}

Deadlines::~Deadlines()
{
    while (Deadline* deadline = list_.front()) {
        deadline->link_.leave();
        deadline->deadlines_ = nullptr;
    }
}

void Deadlines::begin(Deadline& deadline) noexcept
{
    deadline.began_ms_ = ngx_current_msec;
    deadline.deadlines_ = this;
    list_.push_back(deadline.link_);
    watch();
}

void Deadlines::expire() noexcept
{
    while (Deadline* first = list_.front()) {
        if (first->elapsed_ms() < timeout_) {
            break;
        }
        expired_(data_, first->owner_);
    }
    watch();
}

void Deadlines::watch() noexcept
{
    metrics_.show(metrics_.waiting, list_.size());
    Deadline* first = list_.front();
    // A timer left over from a request that is served must not hold up a quitting worker.
    timer_.set_cancelable(first == nullptr);
    if (first != nullptr && !timer_.running()) {
        const ngx_msec_t waited = first->elapsed_ms();
        timer_.start(waited < timeout_ ? timeout_ - waited : 1);
    }
}

}  // namespace mmx::gate
