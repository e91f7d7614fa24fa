#include "phases/error_page.hpp"

#include <string>

#include "commits/admission.hpp"
#include "config/config.hpp"
#include "lib/answers/http_error.hpp"
#include "lib/answers/refusal.hpp"
#include "lib/text.hpp"
#include "phases/own_answer.hpp"
#include "phases/refusal.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

constexpr std::int64_t retry_after_s = 1;  // of what a second try may mend

ngx_int_t answer(ngx_http_request_t* r, const ErrorRow& row)
{
    const std::string base = base_url(r);
    if (!add_error_headers(r, row, row.retry ? retry_after_s : 0)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return send_error(r, row, error_body(r, row, {.base = base}));
}

}  // namespace

ngx_int_t on_error_page(ngx_http_request_t* r) noexcept
{
    const Admission* admission = Admission::find(r);
    const Worker* worker = Worker::current();
    const bool refused =
        admission != nullptr && worker != nullptr && admission->refused() && admission->answered;
    const ErrorRow& row = refused
                              ? row_of(admission->refusal())
                              : row_of_status(r->err_status != 0 ? static_cast<int>(r->err_status)
                                                                 : NGX_HTTP_NOT_FOUND);
    // What stands here is what nginx sends, whatever status of its own it came with.
    r->err_status = static_cast<ngx_uint_t>(row.status);
    if (refused) {
        return send_error(r, row, refusal_body(r, *admission, worker->settings));
    }
    return ngx::guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
                      [&] { return answer(r, row); });
}

ngx_int_t on_upgrade(ngx_http_request_t* r) noexcept
{
    constexpr std::string_view websocket = "websocket";
    if (!location_config(r).enabled || r != r->main || r->headers_in.upgrade == nullptr ||
        !starts_with_folded(ngx::view(r->headers_in.upgrade->value), websocket)) {
        return NGX_DECLINED;
    }
    // RFC 9110, 15.5.22: it has to name a protocol that would do.
    if (!ngx::add_header(r, "Upgrade", ngx_string("HTTP/1.1"))) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ngx_int_t rc = ngx::guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
                                    [&] { return answer(r, row_of_status(426)); });
    ngx_http_finalize_request(r, rc);
    return NGX_DONE;
}

}  // namespace mmx::gate
