#include "phases/refusal.hpp"

#include <algorithm>
#include <string>

#include "lib/answers/refusal.hpp"
#include "phases/limit_headers.hpp"
#include "phases/own_answer.hpp"

namespace mmx::gate {
namespace {

bool has_error_page(ngx_http_request_t* r, ngx_int_t status) noexcept
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (core->error_pages == nullptr) {
        return false;
    }
    auto* page = static_cast<ngx_http_err_page_t*>(core->error_pages->elts);
    return std::any_of(page, page + core->error_pages->nelts,
                       [&](const ngx_http_err_page_t& p) { return p.status == status; });
}

// When the refused request would have passed, seconds since 1970; 0 where no window resets.
std::int64_t resets_at(const Admission& admission) noexcept
{
    switch (admission.refusal()) {
    case Refusal::day_exhausted: return admission.windows.day_ends;
    case Refusal::month_exhausted: return admission.windows.month_ends;
    default: return 0;
    }
}

bool add_headers(ngx_http_request_t* r, const Admission& admission,
                 const Settings& settings) noexcept
{
    Refusal refusal = admission.refusal();
    bool passes_soon =
        refusal == Refusal::gateway_unavailable || refusal == Refusal::upstream_unresolved;
    std::int64_t retry_after = passes_soon ? 1 : 0;
    if (std::int64_t reset = resets_at(admission); reset != 0) {
        retry_after = std::max<std::int64_t>(reset - settings.now(), 1);
        if (!add_limit_headers(r, admission.windows, settings.now())) {
            return false;
        }
    }
    return add_error_headers(r, row_of(refusal), retry_after);
}

}  // namespace

ngx_str_t refusal_body(ngx_http_request_t* r, const Admission& admission,
                       const Settings& settings) noexcept
{
    return ngx::guard(r->connection->log, ngx_str_t{0, nullptr}, [&] {
        ErrorFacts facts{.address = ngx::view(r->connection->addr_text),
                         .detail = ngx::view(admission.detail)};
        std::string reset, base;
        if (admission.refusal() == Refusal::not_offered && facts.detail.empty()) {
            facts.base = base = base_url(r);
        }
        if (std::int64_t at = resets_at(admission); at != 0) {
            reset = settings.calendar().iso8601(at);
            facts.resets_at = reset;
            facts.limit = admission.refusal() == Refusal::day_exhausted
                              ? admission.windows.day_limit
                              : admission.windows.month_limit;
        }
        return error_body(r, row_of(admission.refusal()), facts);
    });
}

ngx_int_t answer_refusal(ngx_http_request_t* r, Admission& admission,
                         const Settings& settings) noexcept
{
    if (admission.answered) {
        return NGX_DECLINED;
    }
    admission.answered = true;

    if (!add_headers(r, admission, settings)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ErrorRow& row = row_of(admission.refusal());
    if (has_error_page(r, row.status)) {
        return row.status;
    }
    ngx_http_finalize_request(r, send_error(r, row, refusal_body(r, admission, settings)));
    return NGX_DONE;
}

}  // namespace mmx::gate
