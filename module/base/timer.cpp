#include "base/timer.hpp"

namespace mmx::gate {

LoopEvent::LoopEvent(void* owner, Call call) noexcept : owner_(owner), call_(call)
{
    dummy_.fd = -1;
    dummy_.data = this;
    event_.data = &dummy_;
    event_.log = ngx_cycle->log;
    event_.handler = [](ngx_event_t* event) {
        auto* self = static_cast<LoopEvent*>(static_cast<ngx_connection_t*>(event->data)->data);
        ngx::guard(ngx_cycle->log, 0, [&] { return self->call_(self->owner_), 0; });
    };
}

PostedEvent::~PostedEvent()
{
    if (event_.posted) {
        ngx_delete_posted_event(&event_);
    }
}

}  // namespace mmx::gate
