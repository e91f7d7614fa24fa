#include "phases/log.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "commits/admission.hpp"
#include "phases/credential.hpp"
#include "phases/echo_guard.hpp"
#include "phases/upstream_answer.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

struct Outcome {
    bool refunded = false;
    bool failed = false;   // and counted as such: MiniMax, our account or the way there
    bool account = false;  // our account's fault, to be told the operator
};

Outcome outcome_of(UpstreamFault fault) noexcept
{
    return {.refunded = fault != UpstreamFault::client,
            .failed = fault == UpstreamFault::server || fault == UpstreamFault::account,
            .account = fault == UpstreamFault::account};
}

std::span<ngx_http_upstream_state_t> attempts(ngx_http_request_t* r) noexcept
{
    if (r->upstream_states == nullptr) {
        return {};
    }
    return {static_cast<ngx_http_upstream_state_t*>(r->upstream_states->elts),
            r->upstream_states->nelts};
}

// What MiniMax answered with; 0 when nothing came of it.
ngx_uint_t upstream_status(ngx_http_request_t* r) noexcept
{
    const auto all = attempts(r);
    return all.empty() ? 0 : all.back().status;
}

// Whether no byte left for MiniMax: the client went, or nginx refused the body, before. What is
// answered from here, by a location without an upstream, is the operator's own and counts.
bool nothing_sent(ngx_http_request_t* r) noexcept
{
    if (r->upstream == nullptr) {
        return r->headers_out.status == 0 || r->headers_out.status >= NGX_HTTP_BAD_REQUEST;
    }
    const auto all = attempts(r);
    return std::all_of(all.begin(), all.end(), [](const ngx_http_upstream_state_t& attempt) {
        return attempt.bytes_sent == 0;
    });
}

bool is_failure(ngx_uint_t status) noexcept
{
    return fault_of(static_cast<int>(status), 0, false) == UpstreamFault::server;
}

// The ordered rule of refunds, as far as it needs no answer's body but an error's. An answer that
// broke off after its first byte has a status of its own, and counts. An error page may come from
// another upstream: the status that it stands for decides.
Outcome outcome_of(ngx_http_request_t* r, const Admission& admission) noexcept
{
    if (admission.upstream_error) {
        return outcome_of(admission.upstream_error->fault);
    }
    const ngx_uint_t status = upstream_status(r);
    if (status >= NGX_HTTP_BAD_REQUEST && status != NGX_HTTP_CLIENT_CLOSED_REQUEST) {
        return outcome_of(fault_of(static_cast<int>(status), 0, false));
    }
    const bool failed =
        is_failure(status != 0 ? status : r->headers_out.status) || is_failure(r->err_status);
    return {.refunded = failed || nothing_sent(r), .failed = failed};
}

void log_rejection(ngx_http_request_t* r, int status, int code) noexcept
{
    static time_t last = 0;  // one line a second
    if (std::exchange(last, ngx_time()) != ngx_time()) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "mmx: MiniMax refuses this gateway's own account: status %d, code %d; see to "
                      "the master key, its plan and its balance",
                      status, code);
    }
}

void settle(ngx_http_request_t* r, Admission& admission, Worker& worker)
{
    judge_held_answer(r, admission);
    const Outcome outcome = outcome_of(r, admission);
    if (outcome.account) {
        const auto status = static_cast<int>(upstream_status(r));
        const int code = admission.upstream_error ? admission.upstream_error->code : 0;
        log_rejection(r, status, code);
        worker.commits.note_rejection(admission.date, status, code);
    }
    if (!admission.counts || !outcome.refunded) {
        return;
    }
    Settlement refund{.date = admission.date};
    refund[Figure::requests] = -1;
    refund[Figure::refunds] = 1;
    refund[Figure::failed] = outcome.failed ? 1 : 0;
    // A key may not have MiniMax refuse its requests without end and free of charge.
    refund.bounded_refunds = outcome.account || nothing_sent(r) ? 0 : 1;
    worker.commits.settle(admission.id, refund);
    Metrics::add(worker.metrics.refunds);
}

}  // namespace

ngx_int_t on_log(ngx_http_request_t* r) noexcept
{
    // log_subrequest brings subrequests here, too. They settle nothing, and share the headers of a
    // main request whose key may still have to be read.
    if (r != r->main) {
        return NGX_OK;
    }
    Admission* admission = Admission::find(r);
    if (admission == nullptr) {
        // What nginx refused before us, or took elsewhere, may hold a key in a header that a log
        // names.
        if (location_config(r).enabled || presents_key(r)) {
            make_unsendable(r);
        }
        return NGX_OK;
    }
    if (admission->settled) {
        return NGX_OK;
    }
    // From here on $mmx_authorization is empty: no log format can print it.
    admission->settled = true;
    hide_from_logs(r, *admission);

    Worker* worker = Worker::current();
    if (admission->admitted() && worker != nullptr) {
        ngx::guard(ngx_cycle->log, 0, [&] { return settle(r, *admission, *worker), 0; });
    }
    return NGX_OK;
}

}  // namespace mmx::gate
