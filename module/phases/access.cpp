#include "phases/access.hpp"

#include "commits/admission.hpp"
#include "config/config.hpp"
#include "phases/credential.hpp"
#include "phases/offer.hpp"
#include "phases/own_answer.hpp"
#include "phases/refusal.hpp"
#include "upstream/address_wait.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

Refusal refusal_of(KeyFault fault) noexcept
{
    return fault == KeyFault::missing ? Refusal::missing_key : Refusal::malformed_key;
}

// Notices a client that hangs up while it waits: its request is freed then, and detaches.
ngx_int_t watch_client(ngx_http_request_t* r) noexcept
{
    ngx_event_t* read = r->connection->read;
    if (read->ready) {
        ngx_post_event(read, &ngx_posted_events);
    } else if (ngx_handle_read_event(read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->read_event_handler = ngx_http_test_reading;
    return NGX_OK;
}

// Has the request join its key's commits once the addresses that it goes to are known: what cannot
// be sent on is not counted.
void join(ngx_http_request_t* r, Admission& admission, Worker& worker)
{
    const ngx_http_upstream_srv_conf_t* upstream = location_config(r).upstream;
    AddressWait* wait = admission.awaits_addresses ? ngx::pool_find<AddressWait>(r->pool) : nullptr;
    Addresses addresses = wait != nullptr ? wait->outcome() : addresses_of(upstream);
    if (addresses == Addresses::awaited && wait == nullptr) {
        wait = ngx::pool_new<AddressWait>(r->pool, r, upstream, worker.commits.timeout());
    }
    admission.awaits_addresses = addresses == Addresses::awaited && wait != nullptr;
    if (addresses == Addresses::known) {
        worker.commits.join(admission);
    } else if (!admission.awaits_addresses) {
        admission.refuse(Refusal::upstream_unresolved, {});
    }
}

// The first time a request comes here.
ngx_int_t begin(ngx_http_request_t* r, Worker& worker)
{
    Admission* admission = Admission::begin(r, worker.metrics);
    if (admission == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    // What is offered is told to no stranger.
    const Credential credential = take_credential(r);
    if (credential.fault != KeyFault::none) {
        admission->detail = ngx::copy(r->pool, credential.presented.explanation(speaks_chinese(r)));
        admission->refuse(refusal_of(credential.fault), {});
    } else if (!is_offered(r)) {
        admission->detail = how_to_offer(r);
        admission->refuse(Refusal::not_offered, {});
    } else {
        admission->id = worker.secrets.id_of(credential.key);
        admission->identified = true;
        admission->counts = counts(r);
    }
    send_normalised(r);
    if (admission->identified) {
        join(r, *admission, worker);
    }
    return admission->state() == Admission::State::waiting ? watch_client(r) : NGX_OK;
}

}  // namespace

// Entered again after the decision, at any spurious wake-up, and after each internal redirect: only
// the first time counts. DECLINED, never OK: OK would end the phase under `satisfy any`.
ngx_int_t on_access(ngx_http_request_t* r) noexcept
{
    if (!location_config(r).enabled || r != r->main) {
        return NGX_DECLINED;
    }

    Worker* worker = Worker::current();
    if (worker == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Admission* admission = Admission::find(r);
    if (admission == nullptr && r->err_status != 0) {
        return NGX_DECLINED;  // the page of what nginx refused before: never counted
    }
    if (admission == nullptr) {
        ngx_int_t rc = ngx::guard(r->connection->log, ngx_int_t{NGX_HTTP_INTERNAL_SERVER_ERROR},
                                  [&] { return begin(r, *worker); });
        admission = Admission::find(r);
        if (rc != NGX_OK) {
            // One that waits in no list would be waited for by an error page's way through here.
            if (admission != nullptr && admission->state() == Admission::State::waiting) {
                admission->refuse(Refusal::gateway_unavailable, {});
            }
            return rc;
        }
    } else if (admission->awaits_addresses && admission->state() == Admission::State::waiting) {
        ngx::guard(r->connection->log, 0, [&] { return join(r, *admission, *worker), 0; });
    }

    switch (admission->state()) {
    case Admission::State::waiting: return NGX_AGAIN;
    case Admission::State::admitted:
        if (r->internal && !is_offered(r)) {
            return NGX_HTTP_NOT_FOUND;  // admitted elsewhere, for what sends nothing on
        }
        break;
    case Admission::State::refused: return answer_refusal(r, *admission, worker->settings);
    }
    if (r->read_event_handler == ngx_http_test_reading) {
        r->read_event_handler = ngx_http_block_reading;
    }
    return NGX_DECLINED;
}

}  // namespace mmx::gate
