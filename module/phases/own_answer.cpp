#include "phases/own_answer.hpp"

#include <string>

#include "config/config.hpp"
#include "lib/answers/accept_language.hpp"
#include "lib/answers/dialect.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

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

void clear_headers(ngx_http_request_t* r) noexcept
{
    ngx::each_header(r->headers_out.headers, [](ngx_table_elt_t& header) { header.hash = 0; });
    ngx_http_headers_out_t& out = r->headers_out;
    out.server = out.date = out.content_length = out.content_encoding = nullptr;
    out.location = out.refresh = out.last_modified = out.content_range = nullptr;
    out.accept_ranges = out.www_authenticate = out.expires = out.etag = nullptr;
    out.last_modified_time = -1;
    out.status_line = {0, nullptr};
    out.charset = {0, nullptr};
    out.content_type_lowcase = nullptr;
    r->allow_ranges = 0;
}

// Whether something of the answer waits in a filter; asked to send nothing, nginx complains.
bool is_unsent(const ngx_http_request_t* r) noexcept
{
    return r->out != nullptr || r->buffered != 0 || r->connection->buffered != 0;
}

bool add_retry_after(ngx_http_request_t* r, std::int64_t seconds) noexcept
{
    if (seconds < 1 || seconds > retry_after_max_s) {
        return true;
    }
    auto* text = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_INT64_LEN));
    if (text == nullptr) {
        return false;
    }
    auto length = static_cast<std::size_t>(ngx_sprintf(text, "%L", seconds) - text);
    return ngx::add_header(r, "Retry-After", {length, text});
}

}  // namespace

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

bool speaks_chinese(ngx_http_request_t* r) noexcept
{
    const Worker* worker = Worker::current();
    return prefers_chinese(accept_language(r), worker != nullptr && worker->settings.chinese());
}

std::string base_url(ngx_http_request_t* r)
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    std::string_view prefix = ngx::view(location_config(r).error_prefix);
    if (prefix.empty() && ngx::view(core->name).ends_with('/')) {
        prefix = ngx::view(core->name);
        prefix.remove_suffix(1);
    }
    if (r->headers_in.host == nullptr || prefix.find_first_of("^~@(") != prefix.npos) {
        return {};
    }
#if (NGX_HTTP_SSL)
    std::string base = r->connection->ssl != nullptr ? "https://" : "http://";
#else
    std::string base = "http://";
#endif
    return base.append(ngx::view(r->headers_in.host->value)).append(prefix);
}

bool add_error_headers(ngx_http_request_t* r, const ErrorRow& row,
                       std::int64_t retry_after_s) noexcept
{
    if (row.status == NGX_HTTP_UNAUTHORIZED &&
        !ngx::add_header(r, "WWW-Authenticate", ngx_string("Bearer realm=\"mmx\""))) {
        return false;
    }
    const ngx_str_t id = ngx::borrow(request_id(r));
    return add_retry_after(r, retry_after_s) && ngx::add_header(r, "X-Request-Id", id) &&
           ngx::add_header(r, "request-id", id) &&
           ngx::add_header(r, "x-should-retry",
                           row.retry ? ngx_str_t ngx_string("true")
                                     : ngx_str_t ngx_string("false"));
}

ngx_str_t error_body(ngx_http_request_t* r, const ErrorRow& row, ErrorFacts facts) noexcept
{
    return ngx::guard(r->connection->log, ngx_str_t{0, nullptr}, [&] {
        const Worker* worker = Worker::current();
        facts.contact = worker != nullptr ? worker->settings.contact() : std::string_view();
        facts.request_id = request_id(r);
        std::string body;
        append_error(body, dialect_of(r), row, facts, speaks_chinese(r));
        return ngx::copy(r->pool, body);
    });
}

ngx_int_t send_error(ngx_http_request_t* r, const ErrorRow& row, ngx_str_t body) noexcept
{
    // An error asks for no upload: 100 Continue is not sent, and the connection, on which the
    // client may or may not send the body now, is closed.
    if (r->headers_in.expect != nullptr) {
        r->expect_tested = 1;
        r->keepalive = 0;
    }
    if (ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) {
        return rc;
    }
    return ngx::send_text(r, static_cast<ngx_uint_t>(row.status), ngx::borrow(error_type), body);
}

// No Retry-After: it takes the operator, and Codex would sleep over it, and again at each retry,
// without a word.
ngx_int_t replace_answer(ngx_http_request_t* r, const ErrorRow& row, ngx::Filters next) noexcept
{
    constexpr std::int64_t no_retry_after = 0;
    clear_headers(r);
    const ngx_str_t body = error_body(r, row, {});
    if (body.data == nullptr || !add_error_headers(r, row, no_retry_after)) {
        return NGX_ERROR;
    }
    return ngx::send_text(r, static_cast<ngx_uint_t>(row.status), ngx::borrow(error_type), body,
                          next);
}

void consume(ngx_chain_t* in) noexcept
{
    for (; in != nullptr; in = in->next) {
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }
}

ngx_int_t swallow(ngx_http_request_t* r, ngx_chain_t* in,
                  ngx_http_output_body_filter_pt next) noexcept
{
    consume(in);
    return is_unsent(r) ? next(r, nullptr) : NGX_OK;
}

}  // namespace mmx::gate
