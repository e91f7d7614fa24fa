#pragma once

// The only file that includes nginx, and the place for what differs between nginx 1.22 and 1.30.
//
// nginx is C and its headers carry no __cplusplus guard. What nginx calls must not throw: guard()
// stands at every such edge whose body could.

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <ngx_http.h>
#include <ngx_sha1.h>
}

#include <exception>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

extern "C" ngx_module_t ngx_http_mmx_module;

namespace mmx::gate::ngx {

inline std::string_view view(const ngx_str_t& text) noexcept
{
    return {reinterpret_cast<const char*>(text.data), text.len};
}

// Borrows: the result lives exactly as long as the bytes behind text do.
inline ngx_str_t borrow(std::string_view text) noexcept
{
    return {text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

// A copy of text in pool; empty with a null data when out of memory.
inline ngx_str_t copy(ngx_pool_t* pool, std::string_view text) noexcept
{
    auto* data = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
    if (data == nullptr) {
        return {0, nullptr};
    }
    *ngx_cpymem(data, text.data(), text.size()) = '\0';
    return {text.size(), data};
}

// The cleanup handler of every pool-owned T; its address is also the T's type tag in the pool.
template <class T>
void destroy(void* object) noexcept
{
    static_cast<T*>(object)->~T();
}

// Constructs a T owned by pool: ~T() runs when the pool is destroyed. Null when out of memory.
template <class T, class... Args>
T* pool_new(ngx_pool_t* pool, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>)
{
    static_assert(alignof(T) <= NGX_ALIGNMENT, "ngx_palloc() aligns to NGX_ALIGNMENT only");

    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, sizeof(T));
    if (cleanup == nullptr) {
        return nullptr;
    }
    T* object = ::new (cleanup->data) T(std::forward<Args>(args)...);

    // Armed last: if the constructor throws, the cleanup stays without effect.
    cleanup->handler = &destroy<T>;
    return object;
}

// The T that pool_new() put in this pool, or null. Unlike r->ctx, it survives internal redirects.
template <class T>
T* pool_find(ngx_pool_t* pool) noexcept
{
    for (ngx_pool_cleanup_t* c = pool->cleanup; c != nullptr; c = c->next) {
        if (c->handler == &destroy<T>) {
            return static_cast<T*>(c->data);
        }
    }
    return nullptr;
}

// Runs body(); an exception becomes one log line and on_throw. Nothing may throw into nginx.
template <class R, class F>
R guard(ngx_log_t* log, R on_throw, F&& body) noexcept
{
    try {
        return body();
    } catch (const std::exception& e) {
        ngx_log_error(NGX_LOG_ALERT, log, 0, "mmx: %s", e.what());
    } catch (...) {
        ngx_log_error(NGX_LOG_ALERT, log, 0, "mmx: unknown exception");
    }
    return on_throw;
}

// Calls visit(header) for each request header.
template <class Visit>
void each_header(ngx_list_t& headers, Visit&& visit) noexcept
{
    for (ngx_list_part_t* part = &headers.part; part != nullptr; part = part->next) {
        auto* header = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            visit(header[i]);
        }
    }
}

// ngx_list_push() of the headers of an answer, most of which find room in what there is.
inline ngx_table_elt_t* push(ngx_list_t& headers) noexcept
{
    ngx_list_part_t* part = headers.last;
    return part->nelts < headers.nalloc ? static_cast<ngx_table_elt_t*>(part->elts) + part->nelts++
                                        : static_cast<ngx_table_elt_t*>(ngx_list_push(&headers));
}

// Adds a response header; name and value must live as long as the request. False: out of memory.
inline bool add_header(ngx_http_request_t* r, std::string_view name, ngx_str_t value) noexcept
{
    ngx_table_elt_t* header = push(r->headers_out.headers);
    if (header == nullptr) {
        return false;
    }
    header->hash = 1;
    header->key = borrow(name);
    header->value = value;
    header->lowcase_key = nullptr;
#if (nginx_version >= 1023000)
    header->next = nullptr;
#endif
    return true;
}

// The next of the filters that an answer passes.
struct Filters {
    ngx_http_output_header_filter_pt header;
    ngx_http_output_body_filter_pt body;
};

// Sends a whole answer from memory that lives as long as the request. Returns what is to be given
// to nginx as the handler's result.
inline ngx_int_t send_text(ngx_http_request_t* r, ngx_uint_t status, ngx_str_t type, ngx_str_t body,
                           Filters filters = {ngx_http_send_header,
                                              ngx_http_output_filter}) noexcept
{
    auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (buffer == nullptr || body.data == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    buffer->pos = body.data;
    buffer->last = body.data + body.len;
    buffer->memory = body.len != 0;
    buffer->last_buf = r == r->main;
    buffer->last_in_chain = 1;

    r->headers_out.status = status;
    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_length_n = static_cast<off_t>(body.len);
    ngx_int_t rc = filters.header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    ngx_chain_t out = {buffer, nullptr};
    return filters.body(r, &out);
}

}  // namespace mmx::gate::ngx
