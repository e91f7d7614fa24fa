#pragma once

// What this module knows of an upstream { }: whose addresses `mmx_server HOST[:PORT];` names, and
// what stood there before it began to watch the block's connections. Nothing here changes after the
// configuration is read.

#include <type_traits>

#include "base/ngx.hpp"

namespace mmx::gate {

inline constexpr in_port_t server_port_default = 443;

struct UpstreamConfig {
    ngx_str_t text;  // of mmx_server, as it stands there; empty without one
    ngx_str_t host;
    in_port_t port;
    ngx_addr_t* fixed;         // where the host is an address: nothing is looked up then, and
    ngx_resolver_t* resolver;  // the rest is unset
    ngx_msec_t resolver_timeout;
    ngx_shm_zone_t* kept;  // of KeptAddresses

    ngx_http_upstream_init_peer_pt init_peer;  // of upstream/connections; null where none watches
    ngx_shm_zone_t* metrics;
};
static_assert(std::is_standard_layout_v<UpstreamConfig>);

void* create_upstream_config(ngx_conf_t* cf) noexcept;

// For the directive. init: what nginx calls with the block once all is read. Returns NGX_CONF_OK,
// or what is wrong as nginx's setters do.
char* use_server(ngx_conf_t* cf, UpstreamConfig& config, ngx_http_upstream_init_pt init) noexcept;

// Once all is read: the resolver of http { }. Says what is missing.
ngx_int_t complete_server(ngx_conf_t* cf, const ngx_http_upstream_srv_conf_t& us,
                          UpstreamConfig& config) noexcept;

// Null for a proxy_pass without an upstream { }.
inline UpstreamConfig* upstream_config(const ngx_http_upstream_srv_conf_t* us) noexcept
{
    return us == nullptr || us->srv_conf == nullptr
               ? nullptr
               : static_cast<UpstreamConfig*>(
                     ngx_http_conf_upstream_srv_conf(us, ngx_http_mmx_module));
}

}  // namespace mmx::gate
