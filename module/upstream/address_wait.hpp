#pragma once

// A request that waits for the first addresses of its upstream, which a worker that has just
// started does not know yet: it is woken when they are there, when there will be none, or when its
// time is up. It lives in the request's pool, and ends with it.

#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "upstream/balancing.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t address_wait_step_ms = 10;  // between two looks

class AddressWait {
public:
    AddressWait(ngx_http_request_t* r, const ngx_http_upstream_srv_conf_t* us,
                ngx_msec_t patience_ms) noexcept;

    // awaited: go on waiting.
    Addresses outcome() const noexcept;

private:
    void look() noexcept;

    ngx_http_request_t* request_;
    const ngx_http_upstream_srv_conf_t* upstream_;
    ngx_msec_t began_ms_ = ngx_current_msec;
    ngx_msec_t patience_ms_;
    Timer timer_ = Timer::calling<&AddressWait::look>(*this);
};

}  // namespace mmx::gate
