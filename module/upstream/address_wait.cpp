#include "upstream/address_wait.hpp"

namespace mmx::gate {

AddressWait::AddressWait(ngx_http_request_t* r, const ngx_http_upstream_srv_conf_t* us,
                         ngx_msec_t patience_ms) noexcept
    : request_(r), upstream_(us), patience_ms_(patience_ms)
{
    timer_.start(address_wait_step_ms);
}

Addresses AddressWait::outcome() const noexcept
{
    Addresses now = addresses_of(upstream_);
    bool over = now == Addresses::awaited && ngx_current_msec - began_ms_ >= patience_ms_;
    return over ? Addresses::unknown : now;
}

void AddressWait::look() noexcept
{
    if (outcome() == Addresses::awaited) {
        return timer_.start(address_wait_step_ms);
    }
    // Its own event: running its phases from here could free it, and this with it.
    ngx_post_event(request_->connection->write, &ngx_posted_events);
}

}  // namespace mmx::gate
