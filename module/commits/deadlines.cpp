#include "commits/deadlines.hpp"

namespace mmx::gate {

Deadlines::Deadlines(ngx_msec_t timeout, void* data, void (*expired)(void*, Admission&) noexcept)
    : timeout_(timeout), data_(data), expired_(expired)
{
    dummy_.fd = -1;
    dummy_.data = this;
    timer_.data = &dummy_;
    timer_.log = ngx_cycle->log;
    timer_.handler = [](ngx_event_t* event) {
        static_cast<Deadlines*>(static_cast<ngx_connection_t*>(event->data)->data)->expire();
    };
}

Deadlines::~Deadlines()
{
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

void Deadlines::add(Admission& admission) noexcept
{
    admission.join();
    ++waiting_;
    list_.push_back(admission.in_deadlines);
    watch();
}

void Deadlines::left() noexcept
{
    --waiting_;
    watch();
}

void Deadlines::expire() noexcept
{
    while (Admission* first = list_.front()) {
        if (ngx_current_msec - first->joined_ms() < timeout_) {
            break;
        }
        expired_(data_, *first);
    }
    watch();
}

void Deadlines::watch() noexcept
{
    Admission* first = list_.front();
    // A timer left over from a request that is served must not hold up a quitting worker.
    timer_.cancelable = first == nullptr;
    if (first != nullptr && !timer_.timer_set) {
        ngx_msec_t waited = ngx_current_msec - first->joined_ms();
        ngx_add_timer(&timer_, waited < timeout_ ? timeout_ - waited : 1);
    }
}

}  // namespace mmx::gate
