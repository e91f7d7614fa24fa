#include "phases/echo_guard.hpp"

#include "lib/answers/refusal.hpp"
#include "lib/mask.hpp"
#include "lib/passage/echo.hpp"
#include "phases/own_answer.hpp"
#include "worker.hpp"

namespace mmx::gate {

class EchoGuard {
public:
    explicit EchoGuard(std::string_view text) noexcept
        : authorization(text), key(text.substr(text.find(' ') + 1))
    {
    }

    // The chain with what is to be passed on of it; nothing where the key stands in it. The links
    // are the guard's own and hold until the next call.
    struct Passed {
        bool shows_key = false;
        ngx_chain_t* chain = nullptr;
    };
    Passed pass(ngx_pool_t* pool, ngx_chain_t* in);

    const std::string_view authorization, key;
    bool replaced = false;                      // the answer, since its headers showed the key
    const ngx_http_upstream_t* seen = nullptr;  // whose head the header filter has been through

private:
    ngx_buf_t* free_buffer(ngx_pool_t* pool) noexcept;
    bool append(ngx_pool_t* pool, ngx_buf_t* buffer) noexcept;
    bool append_freed(ngx_pool_t* pool, std::size_t length) noexcept;
    bool append_piece(ngx_pool_t* pool, ngx_buf_t* buffer, std::size_t kept) noexcept;
    void free_links(ngx_pool_t* pool) noexcept;

    std::size_t held_ = 0;          // of the key's first bytes, at the end of what has come
    ngx_chain_t* links_ = nullptr;  // of the last call
    ngx_chain_t** end_ = &links_;
    ngx_chain_t* buffers_ = nullptr;  // for freed bytes; one that is sent is used again
};

namespace {

ngx_http_output_header_filter_pt next_header_filter;
ngx_http_output_body_filter_pt next_body_filter;

void log_echo(ngx_http_request_t* r, const char* where) noexcept
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "mmx: an answer shows the master key in its %s and was withheld from the client; "
                  "see to what stands between this gateway and MiniMax",
                  where);
}

std::string_view bytes_of(const ngx_buf_t* buffer) noexcept
{
    return {reinterpret_cast<const char*>(buffer->pos),
            static_cast<std::size_t>(buffer->last - buffer->pos)};
}

// Logs may name what the client does not get. Whether the key was there.
bool blot(ngx_str_t text, std::string_view key) noexcept
{
    return text.len >= key.size() &&
           mask_secret({reinterpret_cast<char*>(text.data), text.len}, key);
}

// Whether one that is sent held it.
bool blot(ngx_list_t& headers, std::string_view key) noexcept
{
    bool found = false;
    ngx::each_header(headers, [&](ngx_table_elt_t& header) {
        const bool value = blot(header.value, key), name = blot(header.key, key);
        found = found || (header.hash != 0 && (value || name));
    });
    return found;
}

// What a client or a log may see of the head of an answer.
bool blot_head(ngx_http_request_t* r, std::string_view key) noexcept
{
    bool found = blot(r->headers_out.headers, key);
    found = blot(r->headers_out.status_line, key) || found;
    found = blot(r->headers_out.content_type, key) || found;
    if (r->upstream != nullptr) {
        blot(r->upstream->headers_in.headers, key);  // a log may name what is not sent on
    }
    return found;
}

// The same of its trailers: those that have come, and those of them that nginx sends on, which are
// the same memory.
bool blot_trailers(ngx_http_request_t* r, std::string_view key) noexcept
{
    const bool found = blot(r->headers_out.trailers, key);
    return (r->upstream != nullptr && blot(r->upstream->headers_in.trailers, key)) || found;
}

EchoGuard* guard_of(ngx_http_request_t* r) noexcept
{
    Admission* admission = r == r->main ? Admission::find(r) : nullptr;
    return admission != nullptr ? admission->echo : nullptr;
}

bool is_out_of_cache(const ngx_http_request_t* r) noexcept
{
#if (NGX_HTTP_CACHE)
    return r == r->main && r->cached != 0;
#else
    (void)r;
    return false;
#endif
}

// For what nginx kept of another request's answer this one never asked for the key.
void guard_kept_answer(ngx_http_request_t* r) noexcept
{
    Admission* admission = is_out_of_cache(r) ? Admission::find(r) : nullptr;
    if (admission != nullptr && admission->admitted() && Worker::current() != nullptr) {
        (void)guard_echo(r, *admission, Worker::current()->settings.authorization());
    }
}

// Nothing of it is kept for others.
void withhold(ngx_http_request_t* r, const char* where) noexcept
{
    log_echo(r, where);
    if (r->upstream != nullptr) {
        r->upstream->cacheable = 0;
    }
}

ngx_int_t on_header(ngx_http_request_t* r) noexcept
{
    guard_kept_answer(r);
    EchoGuard* guard = guard_of(r);
    if (guard == nullptr || guard->replaced) {
        return next_header_filter(r);
    }
    guard->seen = r->upstream;
    if (blot_head(r, guard->key)) {
        withhold(r, "headers");
        guard->replaced = true;
        return replace_answer(r, row_of(Refusal::answer_withheld),
                              {next_header_filter, next_body_filter});
    }
    r->main_filter_need_in_memory = 1;
    r->allow_ranges = 0;  // nginx cuts them out before the body comes here
    return next_header_filter(r);
}

#if (nginx_version >= 1029000)
ngx_http_output_header_filter_pt next_early_hints_filter;

// What comes before an answer is told or not; the answer itself may be harmless.
ngx_int_t on_early_hints(ngx_http_request_t* r) noexcept
{
    EchoGuard* guard = guard_of(r);
    if (guard != nullptr && blot_head(r, guard->key)) {
        log_echo(r, "early hints");
        return NGX_OK;
    }
    return next_early_hints_filter(r);
}
#endif

ngx_int_t on_body(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    EchoGuard* guard = guard_of(r);
    if (guard == nullptr || in == nullptr) {
        return next_body_filter(r, in);
    }
    if (guard->replaced) {
        return swallow(r, in, next_body_filter);
    }
    return ngx::guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
        const EchoGuard::Passed passed = guard->pass(r->pool, in);
        const bool trailers_show_key = blot_trailers(r, guard->key);
        if (passed.shows_key || trailers_show_key) {
            withhold(r, passed.shows_key ? "body" : "trailers");
            return ngx_int_t{NGX_ERROR};
        }
        return passed.chain != nullptr ? next_body_filter(r, passed.chain)
                                       : swallow(r, nullptr, next_body_filter);
    });
}

}  // namespace

ngx_buf_t* EchoGuard::free_buffer(ngx_pool_t* pool) noexcept
{
    for (ngx_chain_t* link = buffers_; link != nullptr; link = link->next) {
        if (link->buf->pos == link->buf->last) {
            return link->buf;
        }
    }
    auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(pool));
    ngx_chain_t* link = ngx_alloc_chain_link(pool);
    if (buffer == nullptr || link == nullptr) {
        return nullptr;
    }
    buffer->memory = 1;
    buffer->flush = 1;
    *link = {buffer, buffers_};
    buffers_ = link;
    return buffer;
}

bool EchoGuard::append(ngx_pool_t* pool, ngx_buf_t* buffer) noexcept
{
    ngx_chain_t* link = ngx_alloc_chain_link(pool);
    if (link != nullptr) {
        *link = {buffer, nullptr};
        *end_ = link;
        end_ = &link->next;
    }
    return link != nullptr;
}

bool EchoGuard::append_freed(ngx_pool_t* pool, std::size_t length) noexcept
{
    if (length == 0) {
        return true;
    }
    ngx_buf_t* buffer = free_buffer(pool);
    if (buffer == nullptr) {
        return false;
    }
    const ngx_str_t freed = ngx::borrow(key.substr(0, length));
    buffer->pos = freed.data;
    buffer->last = freed.data + freed.len;
    return append(pool, buffer);
}

bool EchoGuard::append_piece(ngx_pool_t* pool, ngx_buf_t* buffer, std::size_t kept) noexcept
{
    buffer->last -= kept;
    buffer->file_last -= static_cast<off_t>(buffer->in_file ? kept : 0);
    const bool emptied = kept != 0 && buffer->pos == buffer->last;  // nginx takes none of these
    return emptied || append(pool, buffer);
}

void EchoGuard::free_links(ngx_pool_t* pool) noexcept
{
    while (ngx_chain_t* link = links_) {
        links_ = link->next;
        ngx_free_chain(pool, link);
    }
    end_ = &links_;
}

EchoGuard::Passed EchoGuard::pass(ngx_pool_t* pool, ngx_chain_t* in)
{
    free_links(pool);
    for (; in != nullptr; in = in->next) {
        ngx_buf_t* buffer = in->buf;
        EchoStep step{.held = held_};
        if (ngx_buf_in_memory(buffer) && buffer->pos != buffer->last) {
            step = look_for(key, held_, bytes_of(buffer));
        }
        if (step.found) {
            return {.shows_key = true};
        }
        const bool ends = buffer->last_buf != 0;
        // At the end there is nothing more to wait for.
        const std::size_t before = ends ? held_ : step.freed;
        if (!append_freed(pool, before) || !append_piece(pool, buffer, ends ? 0 : step.kept)) {
            throw std::bad_alloc();
        }
        held_ = ends ? 0 : step.held;
    }
    return {.chain = links_};
}

std::string_view guard_echo(ngx_http_request_t* r, Admission& admission,
                            std::string_view authorization) noexcept
{
    if (admission.echo != nullptr && admission.echo->authorization == authorization) {
        return admission.echo->authorization;
    }
    // The key on the guarded page may be replaced while the answer is under way.
    const ngx_str_t own = ngx::copy(r->pool, authorization);
    admission.echo = own.data != nullptr && !authorization.empty()
                         ? ngx::pool_new<EchoGuard>(r->pool, ngx::view(own))
                         : nullptr;
    return admission.echo != nullptr ? admission.echo->authorization : std::string_view();
}

void hide_from_logs(ngx_http_request_t* r, const Admission& admission) noexcept
{
    const EchoGuard* guard = admission.echo;
    if (guard != nullptr && (guard->seen == nullptr || guard->seen != r->upstream)) {
        blot_head(r, guard->key);
    }
}

void install_echo_guard() noexcept
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header;
    next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = on_body;
#if (nginx_version >= 1029000)
    next_early_hints_filter = ngx_http_top_early_hints_filter;
    ngx_http_top_early_hints_filter = on_early_hints;
#endif
}

}  // namespace mmx::gate
