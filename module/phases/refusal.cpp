#include "phases/refusal.hpp"

#include <algorithm>

#include "config/config.hpp"
#include "lib/accept_language.hpp"
#include "lib/dialect.hpp"
#include "phases/limit_headers.hpp"

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

// The same id that $request_id gives the operator's log.
std::string_view request_id(ngx_http_request_t* r) noexcept
{
    ngx_str_t name = ngx_string("request_id");
    ngx_http_variable_value_t* value =
        ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    if (value == nullptr || value->not_found) {
        return {};
    }
    return {reinterpret_cast<char*>(value->data), value->len};
}

std::string_view accept_language(ngx_http_request_t* r) noexcept
{
    std::string_view found;
    ngx::each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        constexpr std::string_view name = "accept-language";
        if (header.key.len == name.size() &&
            ngx_memcmp(header.lowcase_key, name.data(), name.size()) == 0) {
            found = ngx::view(header.value);
        }
    });
    return found;
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

bool add_headers(ngx_http_request_t* r, const Admission& admission, const Settings& settings,
                 std::string_view id) noexcept
{
    Refusal refusal = admission.refusal();
    std::int64_t retry_after = refusal == Refusal::gateway_unavailable ? 1 : 0;
    if (std::int64_t reset = resets_at(admission); reset != 0) {
        retry_after = std::max<std::int64_t>(reset - settings.now(), 1);
        if (!add_limit_headers(r, admission.windows, settings.now())) {
            return false;
        }
    }
    if (retry_after != 0) {
        auto* text = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_INT64_LEN));
        if (text == nullptr) {
            return false;
        }
        auto length = static_cast<std::size_t>(ngx_sprintf(text, "%L", retry_after) - text);
        if (!ngx::add_header(r, "Retry-After", {length, text})) {
            return false;
        }
    }
    if (row_of(refusal).status == NGX_HTTP_UNAUTHORIZED &&
        !ngx::add_header(r, "WWW-Authenticate", ngx_string("Bearer realm=\"mmx\""))) {
        return false;
    }
    return ngx::add_header(r, "X-Request-Id", ngx::borrow(id)) &&
           ngx::add_header(r, "x-should-retry",
                           row_of(refusal).retry ? ngx_str_t ngx_string("true")
                                                 : ngx_str_t ngx_string("false"));
}

// In the request's pool; empty when out of memory.
ngx_str_t make_body(ngx_http_request_t* r, const Admission& admission, const Settings& settings,
                    std::string_view id)
{
    RefusalFacts facts{.address = ngx::view(r->connection->addr_text), .request_id = id};
    std::string reset;
    if (std::int64_t at = resets_at(admission); at != 0) {
        reset = settings.calendar().iso8601(at);
        facts.resets_at = reset;
        facts.limit = admission.refusal() == Refusal::day_exhausted ? admission.windows.day_limit
                                                                    : admission.windows.month_limit;
    }
    std::string body;
    append_refusal(body, dialect_of(r), admission.refusal(), facts,
                   prefers_chinese(accept_language(r)));
    return ngx::copy(r->pool, body);
}

ngx_int_t send(ngx_http_request_t* r, ngx_int_t status, ngx_str_t body) noexcept
{
    // A refusal asks for no upload: 100 Continue is not sent, and the connection, on which the
    // client may or may not send the body now, is closed.
    if (r->headers_in.expect != nullptr) {
        r->expect_tested = 1;
        r->keepalive = 0;
    }
    if (ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) {
        return rc;
    }

    return ngx::send_text(r, static_cast<ngx_uint_t>(status),
                          ngx_string("application/json; charset=utf-8"), body);
}

}  // namespace

ngx_int_t answer_refusal(ngx_http_request_t* r, Admission& admission,
                         const Settings& settings) noexcept
{
    if (admission.answered) {
        return NGX_DECLINED;
    }
    admission.answered = true;

    std::string_view id = request_id(r);
    if (!add_headers(r, admission, settings, id)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t status = row_of(admission.refusal()).status;
    if (has_error_page(r, status)) {
        return status;
    }

    ngx_str_t body = ngx::guard(r->connection->log, ngx_str_t{0, nullptr},
                                [&] { return make_body(r, admission, settings, id); });
    ngx_http_finalize_request(r, send(r, status, body));
    return NGX_DONE;
}

}  // namespace mmx::gate
