#include "phases/log.hpp"

#include "commits/admission.hpp"
#include "phases/credential.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

constexpr ngx_uint_t overloaded = 529;  // MiniMax's own, beside 503

// The status that MiniMax answered with, or that nginx put in place of an answer it never got; 0
// when the client went before either.
ngx_uint_t upstream_status(ngx_http_request_t* r) noexcept
{
    if (r->upstream_states != nullptr && r->upstream_states->nelts != 0) {
        auto* states = static_cast<ngx_http_upstream_state_t*>(r->upstream_states->elts);
        const ngx_http_upstream_state_t& last = states[r->upstream_states->nelts - 1];
        if (last.status != 0) {
            return last.status;
        }
    }
    return r->headers_out.status;
}

bool is_failure(ngx_uint_t status) noexcept
{
    return status >= NGX_HTTP_INTERNAL_SERVER_ERROR || status == overloaded ||
           status == NGX_HTTP_TOO_MANY_REQUESTS;
}

// MiniMax's failure, or nginx' in reaching it, and not the client's. An answer that broke off
// after its first byte has a status of its own, and counts. An error page may come from another
// upstream: the status that it stands for decides.
bool failed(ngx_http_request_t* r) noexcept
{
    return is_failure(upstream_status(r)) || is_failure(r->err_status);
}

}  // namespace

ngx_int_t on_log(ngx_http_request_t* r) noexcept
{
    Admission* admission = Admission::find(r);
    if (admission == nullptr) {
        // What nginx refused before us, or took elsewhere, may hold a key in a header that a log
        // names.
        if (location_config(r).enabled || presents_key(r)) {
            make_unsendable(r, {});
        }
        return NGX_OK;
    }
    if (admission->settled) {
        return NGX_OK;
    }
    // From here on $mmx_authorization is empty: no log format can print it.
    admission->settled = true;

    Worker* worker = Worker::current();
    if (admission->admitted() && worker != nullptr && failed(r)) {
        ngx::guard(ngx_cycle->log, 0, [&] {
            Settlement refund{.date = admission->date};
            refund[Figure::requests] = -1;
            refund[Figure::refunds] = 1;
            refund[Figure::failed] = 1;
            worker->commits.settle(admission->id, refund);
            Metrics::add(worker->metrics.refunds);
            return 0;
        });
    }
    return NGX_OK;
}

}  // namespace mmx::gate
