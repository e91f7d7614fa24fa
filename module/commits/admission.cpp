#include "commits/admission.hpp"

namespace mmx::gate {
Counted counted_as(Refusal refusal) noexcept
{
    switch (refusal) {
    case Refusal::missing_key: return Counted::missing_key;
    case Refusal::malformed_key: return Counted::malformed_key;
    case Refusal::not_offered: return Counted::not_offered;
    case Refusal::unknown_key: return Counted::unknown_key;
    case Refusal::key_disabled: return Counted::key_disabled;
    case Refusal::key_expired: return Counted::key_expired;
    case Refusal::address_not_allowed: return Counted::address_not_allowed;
    case Refusal::day_exhausted: return Counted::day_exhausted;
    case Refusal::month_exhausted: return Counted::month_exhausted;
    case Refusal::upstream_not_configured: return Counted::upstream_not_configured;
    case Refusal::upstream_unresolved: return Counted::upstream_unresolved;
    case Refusal::model_not_allowed:
    case Refusal::rate_limited:
    case Refusal::upstream_rejected_gateway:  // these two are never an admission's
    case Refusal::answer_withheld:
    case Refusal::gateway_unavailable: return Counted::gateway_unavailable;
    }
    return Counted::gateway_unavailable;
}

Admission::Admission(ngx_http_request_t* r, Metrics& metrics) noexcept
    : request_(r), metrics_(metrics)
{
}

Admission::~Admission()
{
    if (deadline.running()) {
        metrics_.count(Counted::client_gone);
    }
}

Admission* Admission::find(ngx_http_request_t* r) noexcept
{
    auto* admission =
        static_cast<Admission*>(ngx_http_get_module_ctx(r->main, ngx_http_mmx_module));
    if (admission != nullptr || !(r->main->internal || r->main->filter_finalize)) {
        return admission;  // nothing else clears contexts
    }
    return ngx::pool_find<Admission>(r->pool);
}

Admission* Admission::begin(ngx_http_request_t* r, Metrics& metrics) noexcept
{
    auto* admission = ngx::pool_new<Admission>(r->pool, r, metrics);
    if (admission != nullptr) {
        ngx_http_set_ctx(r, admission, ngx_http_mmx_module);
    }
    return admission;
}

void Admission::admit(const Date& counted_on, const Windows& left, bool locally) noexcept
{
    date = counted_on;
    windows = left;
    decide(State::admitted, !counts   ? Counted::admitted_uncounted
                            : locally ? Counted::admitted_locally
                                      : Counted::admitted);
}

void Admission::refuse(Refusal refusal, const Windows& left) noexcept
{
    refusal_ = refusal;
    windows = left;
    decide(State::refused, counted_as(refusal));
}

void Admission::decide(State state, Counted counted) noexcept
{
    state_ = state;
    counted_ = counted;
    in_key_commits.leave();
    metrics_.count(counted);
    if (deadline.running()) {
        waited_ms_ = deadline.elapsed_ms();
        ngx_post_event(request_->connection->write, &ngx_posted_events);
        deadline.end();
    }
}

std::span<const std::uint8_t> Admission::address() const noexcept
{
    const sockaddr* address = request_->connection->sockaddr;
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return {reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4};
    }
    if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        return {reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), 16};
    }
    return {};  // a unix socket: in no network
}

std::string_view Admission::verdict_word() const noexcept
{
    return counted_word(counted_);
}

ngx_msec_t Admission::waited_ms() const noexcept
{
    return waited_ms_;
}

}  // namespace mmx::gate
