#include "phases/credential.hpp"

#include "config/config.hpp"
#include "lib/api_key.hpp"
#include "lib/mask.hpp"
#include "lib/text.hpp"

namespace mmx::gate {
namespace {

// A name that ngx_http_proxy_module never sends on by itself.
u_char dropped_name[] = "Keep-Alive";
u_char dropped_lowcase[] = "keep-alive";
constexpr std::size_t dropped_length = sizeof(dropped_name) - 1;

enum class Header : std::uint8_t { other, x_api_key, api_key, authorization };

Header named(const ngx_table_elt_t& header, std::string_view lowcase, Header known) noexcept
{
    return ngx_memcmp(header.lowcase_key, lowcase.data(), lowcase.size()) == 0 ? known
                                                                               : Header::other;
}

Header kind_of(const ngx_table_elt_t& header) noexcept
{
    constexpr std::string_view x_api_key = "x-api-key", api_key = "api-key",
                               authorization = "authorization";
    switch (header.key.len) {
    case x_api_key.size(): return named(header, x_api_key, Header::x_api_key);
    case api_key.size(): return named(header, api_key, Header::api_key);
    case authorization.size(): return named(header, authorization, Header::authorization);
    default: return Header::other;
    }
}

// Credentials for nginx itself, such as auth_basic's: a scheme, and not ours.
bool is_for_nginx(Header kind, std::string_view text) noexcept
{
    constexpr std::string_view bearer = "bearer";
    const std::string_view value = trim(text);
    return kind == Header::authorization && value.find(' ') != value.npos &&
           !starts_with_folded(value, bearer) && value.find(api_key_prefix) == value.npos;
}

bool is_for_us(Header kind, std::string_view value) noexcept
{
    return kind != Header::other && !is_for_nginx(kind, value);
}

// The request's key, of whatever shape mmx_key takes it, or any other gateway key.
bool holds_secret(std::string_view text, std::string_view key) noexcept
{
    return (!key.empty() && text.find(key) != text.npos) || holds_key(text);
}

// A variable that was looked at before (by mmx_key, limit_req_zone, a map) keeps its value for the
// access log, so the key is taken out of it, too.
void forget_in_variables(ngx_http_request_t* r, std::string_view key, bool authorization) noexcept
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    auto* known = static_cast<ngx_http_variable_t*>(core->variables.elts);
    for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
        ngx_http_variable_value_t& value = r->variables[i];
        if (!value.valid) {
            continue;  // nobody has looked yet, and the header is gone
        }
        std::string_view name = ngx::view(known[i].name);
        std::string_view text(reinterpret_cast<char*>(value.data), value.len);
        bool secret =
            (!key.empty() && text == key) || (name.starts_with("http_") && holds_secret(text, key));
        if (secret || name == "http_x_api_key" || name == "http_api_key" ||
            (authorization && name == "http_authorization")) {
            value.valid = 0;
            value.not_found = 1;
        }
    }
}

Credential read_configured(ngx_http_request_t* r, ngx_http_complex_value_t* source) noexcept
{
    ngx_str_t value;
    if (ngx_http_complex_value(r, source, &value) != NGX_OK || value.len == 0) {
        return {};
    }
    std::string_view key = ngx::view(value);
    return {is_well_formed_api_key(key) ? KeyFault::none : KeyFault::malformed, key, {}};
}

void add(PresentedKey& presented, Header kind, std::string_view value) noexcept
{
    switch (kind) {
    case Header::x_api_key: return presented.add_x_api_key(value);
    case Header::api_key: return presented.add_api_key(value);
    case Header::authorization: return presented.add_authorization(value);
    case Header::other: return;
    }
}

// Renamed in place: unlinking an element would leave headers_in pointing at it, and clearing its
// hash makes the proxy module miss it in its list of names to drop, so that it is sent.
void rename(ngx_table_elt_t& header) noexcept
{
    static const ngx_uint_t dropped_hash = ngx_hash_key(dropped_lowcase, dropped_length);
    header.key = {dropped_length, dropped_name};
    header.lowcase_key = dropped_lowcase;
    header.hash = dropped_hash;
    header.value = {0, dropped_name};
}

// One walk for both: read(kind, value) sees each header as it came.
template <class Read>
bool walk(ngx_http_request_t* r, std::string_view key, Read&& read) noexcept
{
    bool authorization = false;
    ngx::each_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
        const Header kind = kind_of(header);
        const std::string_view value = ngx::view(header.value);
        read(kind, value);
        if (is_for_us(kind, value) || holds_secret(value, key)) {
            authorization = authorization || kind == Header::authorization;
            rename(header);
        }
    });
    if (authorization) {
        r->headers_in.authorization = nullptr;
    }
    return authorization;
}

}  // namespace

Credential take_credential(ngx_http_request_t* r) noexcept
{
    ngx_http_complex_value_t* source = location_config(r).key;
    Credential credential = source != nullptr ? read_configured(r, source) : Credential{};
    // A key that is read from the headers is of the shape that makes any header unsendable.
    const bool authorization = walk(r, credential.key, [&](Header kind, std::string_view value) {
        if (source == nullptr) {
            add(credential.presented, kind, value);
        }
    });
    if (source == nullptr) {
        credential.fault = credential.presented.fault();
        credential.key = credential.presented.key();
    }
    forget_in_variables(r, credential.key, authorization);
    return credential;
}

void make_unsendable(ngx_http_request_t* r) noexcept
{
    const bool authorization = walk(r, {}, [](Header, std::string_view) {});
    forget_in_variables(r, {}, authorization);
}

bool presents_key(ngx_http_request_t* r) noexcept
{
    bool found = false;
    ngx::each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        const std::string_view value = ngx::view(header.value);
        found = found || (is_for_us(kind_of(header), value) &&
                          value.find(api_key_prefix) != std::string_view::npos);
    });
    return found;
}

}  // namespace mmx::gate
