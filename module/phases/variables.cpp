#include "phases/variables.hpp"

#include <algorithm>
#include <charconv>

#include "commits/admission.hpp"
#include "config/config.hpp"
#include "lib/mask.hpp"
#include "lib/passage/arguments.hpp"
#include "lib/passage/endpoints.hpp"
#include "phases/echo_guard.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

using Value = ngx_http_variable_value_t;

ngx_int_t set(Value* value, std::string_view text) noexcept
{
    value->len = static_cast<unsigned>(text.size()) & 0x0fffffff;
    value->data = reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
    value->valid = 1;
    value->no_cacheable = 0;
    value->not_found = text.data() == nullptr;
    return NGX_OK;
}

// The master key leaves only with the main request of an admitted record, while that is on its way
// to the upstream: not to subrequests, not once an answer has begun, not in the log phase.
ngx_int_t authorization(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    Admission* admission = Admission::find(r);
    bool released = r == r->main && admission != nullptr && admission->admitted() &&
                    !admission->settled && !r->header_sent && r->headers_out.status == 0 &&
                    Worker::current() != nullptr;
    return set(value, released
                          ? guard_echo(r, *admission, Worker::current()->settings.authorization())
                          : std::string_view(""));
}

ngx_int_t key_id(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    Admission* admission = Admission::find(r);
    bool known = admission != nullptr && admission->identified;
    return set(value, known ? admission->id.view() : std::string_view{});
}

ngx_int_t user(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    Admission* admission = Admission::find(r);
    return set(value, admission != nullptr ? ngx::view(admission->user) : std::string_view{});
}

ngx_int_t verdict(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    Admission* admission = Admission::find(r);
    return set(value, admission != nullptr ? admission->verdict_word() : std::string_view{});
}

ngx_int_t wait(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    constexpr std::size_t length_max = NGX_INT64_LEN + std::string_view(".000").size();
    Admission* admission = Admission::find(r);
    auto* text = static_cast<char*>(ngx_pnalloc(r->pool, length_max));
    if (admission == nullptr || text == nullptr) {
        return set(value, {});
    }
    const ngx_msec_t ms = admission->waited_ms();
    char* end = std::to_chars(text, text + length_max, ms / 1000).ptr;
    *end++ = '.';
    for (const ngx_msec_t digit : {ms / 100 % 10, ms / 10 % 10, ms % 10}) {
        *end++ = static_cast<char>('0' + digit);
    }
    return set(value, {text, end});
}

ngx_int_t set_loggable(ngx_http_request_t* r, Value* value, std::string_view text) noexcept
{
    return ngx::guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
        const auto changed = made_loggable(text);
        return set(value, changed ? ngx::view(ngx::copy(r->pool, *changed)) : text);
    });
}

// Of any other variable what a log may hold of it: `$mmx_masked_request`.
ngx_int_t masked(ngx_http_request_t* r, Value* value, uintptr_t data) noexcept
{
    constexpr std::size_t prefix = std::string_view("mmx_masked_").size();
    // NOLINTNEXTLINE(performance-no-int-to-ptr): so nginx hands over a prefix variable's whole name
    auto name = *reinterpret_cast<ngx_str_t*>(data);
    name.data += prefix;
    name.len -= prefix;
    const Value* plain = ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    if (plain == nullptr || plain->not_found) {
        return set(value, {});
    }
    return set_loggable(r, value, {reinterpret_cast<char*>(plain->data), plain->len});
}

// Without its arguments. No secret goes across the mark that begins them.
ngx_int_t logged_uri(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    const std::string_view sent = ngx::view(r->unparsed_uri);
    return set_loggable(r, value, sent.empty() ? "" : sent.substr(0, sent.find('?')));
}

// Of a request that nginx could not read, too: $request has what there is of it then.
std::string_view request_line(ngx_http_request_t* r) noexcept
{
    if (r->request_line.data != nullptr) {
        return ngx::view(r->request_line);
    }
    static ngx_str_t name = ngx_string("request");
    const Value* line = ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    return line != nullptr && !line->not_found
               ? std::string_view(reinterpret_cast<char*>(line->data), line->len)
               : std::string_view();
}

// An error page has made it GET; the request's line still says it.
ngx_int_t logged_method(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    const std::string_view line = request_line(r), method = line.substr(0, line.find(' '));
    constexpr auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (!method.empty() && method.size() < line.size() && std::ranges::all_of(method, is_capital)) {
        return set(value, method);
    }
    const std::string_view known = ngx::view(r->main->method_name);
    return known.empty() ? set(value, {}) : set_loggable(r, value, known);
}

ngx_int_t counted(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    const bool charged = is_charged(ngx::view(r->main->method_name), ngx::view(r->uri));
    return set(value, charged ? "on" : "off");
}

ngx_int_t arguments(ngx_http_request_t* r, Value* value, uintptr_t) noexcept
{
    if (r->args.len == 0) {
        return set(value, "");
    }
    return ngx::guard(r->connection->log, ngx_int_t{NGX_ERROR}, [&] {
        const ngx_array_t* further = location_config(r).arguments;
        const std::span<const std::string_view> names(
            further != nullptr ? static_cast<std::string_view*>(further->elts) : nullptr,
            further != nullptr ? further->nelts : 0);
        return set(value,
                   ngx::view(ngx::copy(r->pool, passed_arguments(ngx::view(r->args), names))));
    });
}

constexpr ngx_uint_t changing = NGX_HTTP_VAR_NOCACHEABLE;
// Maps of conf/mmx_http.conf once: a configuration that still has them goes on with its own.
constexpr ngx_uint_t once_maps = changing | NGX_HTTP_VAR_CHANGEABLE;

ngx_http_variable_t variables[] = {
    {ngx_string("mmx_authorization"), nullptr, authorization, 0, changing, 0},
    {ngx_string("mmx_arguments"), nullptr, arguments, 0, changing, 0},
    {ngx_string("mmx_masked_"), nullptr, masked, 0, changing | NGX_HTTP_VAR_PREFIX, 0},
    {ngx_string("mmx_logged_uri"), nullptr, logged_uri, 0, once_maps, 0},
    {ngx_string("mmx_logged_method"), nullptr, logged_method, 0, once_maps, 0},
    {ngx_string("mmx_counted"), nullptr, counted, 0, once_maps, 0},
    {ngx_string("mmx_key_id"), nullptr, key_id, 0, changing, 0},
    {ngx_string("mmx_user"), nullptr, user, 0, changing, 0},
    {ngx_string("mmx_verdict"), nullptr, verdict, 0, changing, 0},
    {ngx_string("mmx_wait"), nullptr, wait, 0, changing, 0},
};

}  // namespace

ngx_int_t add_variables(ngx_conf_t* cf) noexcept
{
    for (ngx_http_variable_t& variable : variables) {
        ngx_http_variable_t* added = ngx_http_add_variable(cf, &variable.name, variable.flags);
        if (added == nullptr) {
            return NGX_ERROR;
        }
        added->get_handler = variable.get_handler;
        added->data = variable.data;
    }
    return NGX_OK;
}

}  // namespace mmx::gate
