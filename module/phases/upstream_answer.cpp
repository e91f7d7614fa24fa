#include "phases/upstream_answer.hpp"

#include <algorithm>

#include "base/timer.hpp"
#include "commits/admission.hpp"
#include "lib/answers/refusal.hpp"
#include "phases/own_answer.hpp"

namespace mmx::gate {
namespace {

ngx_http_output_header_filter_pt next_header_filter;
ngx_http_output_body_filter_pt next_body_filter;

class HeldAnswer {
public:
    explicit HeldAnswer(ngx_http_request_t* r) noexcept
        : status(static_cast<int>(r->headers_out.status)), request_(r)
    {
    }

    // Null when out of memory: then the answer passes as it is.
    static HeldAnswer* begin(ngx_http_request_t* r) noexcept
    {
        auto* held = ngx::pool_new<HeldAnswer>(r->pool, r);
        if (held != nullptr) {
            held->bytes_ = static_cast<u_char*>(ngx_pnalloc(r->pool, error_body_max));
        }
        return held != nullptr && held->bytes_ != nullptr ? held : nullptr;
    }

    enum class State : std::uint8_t { holding, passed, replaced };
    State state = State::holding;
    const int status;

    // For so long is its body waited for.
    void wait() noexcept { timer_.start(error_body_wait_ms); }
    void end(State how) noexcept
    {
        state = how;
        timer_.stop();
    }

    std::string_view text() const noexcept { return {reinterpret_cast<char*>(bytes_), used_}; }

    // Takes up what there is room for. True when nothing more is to be waited for.
    bool take(ngx_http_request_t* r, ngx_chain_t* in) noexcept
    {
        for (; in != nullptr; in = in->next) {
            ngx_buf_t* buffer = in->buf;
            if (ngx_buf_in_memory(buffer)) {
                const auto room = std::min<std::size_t>(
                    error_body_max - used_, static_cast<std::size_t>(buffer->last - buffer->pos));
                ngx_memcpy(bytes_ + used_, buffer->pos, room);
                used_ += room;
                buffer->pos += room;
                buffer->file_pos += static_cast<off_t>(room);
            }
            if (buffer->last_buf || used_ == error_body_max ||
                (ngx_buf_special(buffer) && is_ending(r))) {
                return true;
            }
        }
        return false;
    }

private:
    // A flush without bytes ends an answer that broke off; but one also stands between a header and
    // a body that came later. Of the two only the first comes while nginx finalizes the upstream.
    static bool is_ending(ngx_http_request_t* r) noexcept
    {
        return r->upstream == nullptr || r->upstream->cleanup == nullptr;
    }

    void give_up() noexcept;

    ngx_http_request_t* request_;
    u_char* bytes_ = nullptr;
    std::size_t used_ = 0;
    Timer timer_ = Timer::calling<&HeldAnswer::give_up>(*this);
};

// Whether the answer is MiniMax's, and no page that nginx puts in its place.
bool is_upstreams_error(ngx_http_request_t* r) noexcept
{
    return r->upstream != nullptr && !r->error_page && r->err_status == 0 &&
           r->headers_out.status >= NGX_HTTP_BAD_REQUEST &&
           r->upstream->headers_in.status_n == r->headers_out.status;
}

// Of which take() has left nothing: nginx takes no buffer without bytes, but one that says
// something.
bool is_emptied(const ngx_buf_t* buffer) noexcept
{
    return ngx_buf_size(buffer) == 0 && !ngx_buf_special(buffer);
}

ngx_int_t pass(ngx_http_request_t* r, const HeldAnswer& held, ngx_chain_t* rest) noexcept
{
    ngx_int_t rc = next_header_filter(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (buffer == nullptr) {
        return NGX_ERROR;
    }
    const ngx_str_t text = ngx::borrow(held.text());
    buffer->pos = text.data;
    buffer->last = text.data + text.len;
    buffer->memory = text.len != 0;
    buffer->flush = 1;
    for (; rest != nullptr && is_emptied(rest->buf); rest = rest->next) {
        buffer->last_buf |= rest->buf->last_buf;
    }
    ngx_chain_t out = {buffer, rest};
    return next_body_filter(r, &out);
}

UpstreamError judge(ngx_http_request_t* r, const HeldAnswer& held) noexcept
{
    return ngx::guard(r->connection->log, UpstreamError{.fault = fault_of(held.status, 0, true)},
                      [&] { return read_upstream_error(held.status, held.text()); });
}

// The answer's fault is known: it goes on, or ours goes in its place.
ngx_int_t release(ngx_http_request_t* r, Admission& admission, HeldAnswer& held,
                  ngx_chain_t* rest) noexcept
{
    admission.upstream_error = judge(r, held);
    if (admission.upstream_error->fault != UpstreamFault::account) {
        held.end(HeldAnswer::State::passed);
        return pass(r, held, rest);
    }
    held.end(HeldAnswer::State::replaced);
    consume(rest);
    return replace_answer(r, row_of(Refusal::upstream_rejected_gateway),
                          {next_header_filter, next_body_filter});
}

// The body is late: what there is of it decides.
void HeldAnswer::give_up() noexcept
{
    ngx_connection_t* c = request_->connection;
    ngx_int_t rc = release(request_, *Admission::find(request_), *this, nullptr);
    if (rc == NGX_ERROR || rc > NGX_OK || ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_finalize_request(request_, NGX_ERROR);
    }
    ngx_http_run_posted_requests(c);
}

ngx_int_t on_header(ngx_http_request_t* r) noexcept
{
    Admission* admission = r == r->main ? Admission::find(r) : nullptr;
    if (admission == nullptr || !admission->admitted() || admission->holds_answer ||
        !is_upstreams_error(r)) {
        return next_header_filter(r);
    }
    HeldAnswer* held = HeldAnswer::begin(r);
    if (held == nullptr) {
        return NGX_ERROR;
    }
    admission->holds_answer = true;
    if (r->method == NGX_HTTP_HEAD) {
        return release(r, *admission, *held, nullptr);
    }
    r->main_filter_need_in_memory = 1;
    held->wait();
    return NGX_OK;
}

ngx_int_t on_body(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    Admission* admission = r == r->main ? Admission::find(r) : nullptr;
    HeldAnswer* held = admission != nullptr && admission->holds_answer
                           ? ngx::pool_find<HeldAnswer>(r->pool)
                           : nullptr;
    if (held == nullptr || held->state == HeldAnswer::State::passed) {
        return next_body_filter(r, in);
    }
    if (held->state == HeldAnswer::State::replaced) {
        return swallow(r, in, next_body_filter);
    }
    return held->take(r, in) ? release(r, *admission, *held, in) : NGX_OK;
}

}  // namespace

void judge_held_answer(ngx_http_request_t* r, Admission& admission) noexcept
{
    if (admission.holds_answer && !admission.upstream_error) {
        if (const auto* held = ngx::pool_find<HeldAnswer>(r->pool)) {
            admission.upstream_error = judge(r, *held);
        }
    }
}

void install_upstream_answer() noexcept
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header;
    next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = on_body;
}

}  // namespace mmx::gate
