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

bool is_named(const ngx_table_elt_t& header, std::string_view lowcase) noexcept
{
    return header.key.len == lowcase.size() &&
           ngx_memcmp(header.lowcase_key, lowcase.data(), lowcase.size()) == 0;
}

bool is_x_api_key(const ngx_table_elt_t& header) noexcept
{
    return is_named(header, "x-api-key");
}

bool is_api_key(const ngx_table_elt_t& header) noexcept
{
    return is_named(header, "api-key");
}

bool is_authorization(const ngx_table_elt_t& header) noexcept
{
    return is_named(header, "authorization");
}

// Credentials for nginx itself, such as auth_basic's: a scheme, and not ours.
bool is_for_nginx(const ngx_table_elt_t& header) noexcept
{
    constexpr std::string_view bearer = "bearer";
    const std::string_view value = trim(ngx::view(header.value));
    return is_authorization(header) && value.find(' ') != value.npos &&
           !starts_with_folded(value, bearer) && value.find(api_key_prefix) == value.npos;
}

bool is_for_us(const ngx_table_elt_t& header) noexcept
{
    return is_x_api_key(header) || is_api_key(header) ||
           (is_authorization(header) && !is_for_nginx(header));
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
        std::string_view name = ngx::view(known[i].name);
        std::string_view text(reinterpret_cast<char*>(value.data), value.valid ? value.len : 0);
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

}  // namespace

Credential read_credential(ngx_http_request_t* r) noexcept
{
    if (ngx_http_complex_value_t* source = location_config(r).key; source != nullptr) {
        return read_configured(r, source);
    }

    PresentedKey presented;
    ngx::each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        if (is_x_api_key(header)) {
            presented.add_x_api_key(ngx::view(header.value));
        } else if (is_authorization(header)) {
            presented.add_authorization(ngx::view(header.value));
        } else if (is_api_key(header)) {
            presented.add_api_key(ngx::view(header.value));
        }
    });
    return {presented.fault(), presented.key(), presented};
}

bool presents_key(ngx_http_request_t* r) noexcept
{
    bool found = false;
    ngx::each_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        found = found || (is_for_us(header) &&
                          ngx::view(header.value).find(api_key_prefix) != std::string_view::npos);
    });
    return found;
}

// Renamed in place: unlinking an element would leave headers_in pointing at it, and clearing its
// hash makes the proxy module miss it in its list of names to drop, so that it is sent.
void make_unsendable(ngx_http_request_t* r, std::string_view key) noexcept
{
    static const ngx_uint_t dropped_hash = ngx_hash_key(dropped_lowcase, dropped_length);
    bool authorization = false;

    ngx::each_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
        if (is_for_us(header) || holds_secret(ngx::view(header.value), key)) {
            authorization = authorization || is_authorization(header);
            header.key = {dropped_length, dropped_name};
            header.lowcase_key = dropped_lowcase;
            header.hash = dropped_hash;
            header.value = {0, dropped_name};
        }
    });
    if (authorization) {
        r->headers_in.authorization = nullptr;
    }
    forget_in_variables(r, key, authorization);
}

}  // namespace mmx::gate
