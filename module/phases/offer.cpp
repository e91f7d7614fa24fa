#include "phases/offer.hpp"

#include <algorithm>
#include <string>

#include "config/config.hpp"
#include "lib/passage/endpoints.hpp"

namespace mmx::gate {
namespace {

// The path without the location's name, which a proxy_pass with a path of its own takes away; empty
// elsewhere.
std::string_view below_location(ngx_http_request_t* r) noexcept
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    const std::string_view path = ngx::view(r->uri), location = ngx::view(core->name);
    const bool below = location.ends_with('/') && path.starts_with(location);
    return below ? path.substr(location.size() - 1) : std::string_view();
}

// Either way it may be sent: no endpoint of MiniMax' has the path of another behind a prefix.
std::optional<Family> family_of(ngx_http_request_t* r) noexcept
{
    const std::string_view method = ngx::view(r->method_name);
    const auto family = mmx::family_of(method, ngx::view(r->uri));
    return family ? family : mmx::family_of(method, below_location(r));
}

}  // namespace

bool is_offered(ngx_http_request_t* r) noexcept
{
    const LocationConfig& config = location_config(r);
    if (!config.sends_on || config.offered == everything) {
        return true;
    }
    const auto family = family_of(r);
    if (family && ((offered_everywhere | config.offered) & set_of(*family)) != 0) {
        return true;
    }
    if (config.offered_paths == nullptr) {
        return false;
    }
    const auto* path = static_cast<ngx_str_t*>(config.offered_paths->elts);
    return std::any_of(path, path + config.offered_paths->nelts, [&](const ngx_str_t& offered) {
        return ngx::view(offered) == ngx::view(r->uri) || ngx::view(offered) == below_location(r);
    });
}

ngx_str_t how_to_offer(ngx_http_request_t* r) noexcept
{
    return ngx::guard(r->connection->log, ngx_str_t{0, nullptr}, [&] {
        const auto family = family_of(r);
        return family ? ngx::copy(r->pool, "mmx_offer " + std::string(name_of(*family)) + ";")
                      : ngx_str_t{0, nullptr};
    });
}

void send_normalised(ngx_http_request_t* r) noexcept
{
    r->valid_unparsed_uri = 0;
}

}  // namespace mmx::gate
