#include "upstream/upstream_config.hpp"

#include "upstream/kept_addresses.hpp"

namespace mmx::gate {
namespace {

char* const conf_error = static_cast<char*>(NGX_CONF_ERROR);
constexpr ngx_msec_t resolver_timeout_default_ms = 30000;  // nginx's own

// Splits the argument as nginx does with that of `server`, without looking a name up.
char* parse(ngx_conf_t* cf, UpstreamConfig& config) noexcept
{
    ngx_url_t url{};
    url.url = config.text;
    url.default_port = server_port_default;
    url.no_resolve = 1;
    if (ngx_parse_url(cf->pool, &url) != NGX_OK || url.family == AF_UNIX || url.uri.len != 0 ||
        url.last_port > url.port) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "mmx_server takes HOST or HOST:PORT, not \"%V\"",
                           &config.text);
        return conf_error;
    }
    config.host = url.host;
    config.port = url.port;
    config.fixed = url.naddrs != 0 ? url.addrs : nullptr;
    return NGX_CONF_OK;
}

}  // namespace

void* create_upstream_config(ngx_conf_t* cf) noexcept
{
    return ngx_pcalloc(cf->pool, sizeof(UpstreamConfig));
}

char* use_server(ngx_conf_t* cf, UpstreamConfig& config, ngx_http_upstream_init_pt init) noexcept
{
    auto* us = static_cast<ngx_http_upstream_srv_conf_t*>(
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module));
    if (config.text.len != 0) {
        return const_cast<char*>("is duplicate");
    }
    if (us->peer.init_upstream != nullptr) {
        return const_cast<char*>("must stand before \"keepalive\" and balances by itself");
    }
    config.text = static_cast<ngx_str_t*>(cf->args->elts)[1];
    us->peer.init_upstream = init;
    us->flags = NGX_HTTP_UPSTREAM_CREATE;

    // nginx wants a server in every block, and asks no more of this one.
    auto* server = static_cast<ngx_http_upstream_server_t*>(ngx_array_push(us->servers));
    if (server == nullptr) {
        return conf_error;
    }
    *server = {};
    server->name = config.text;
    return parse(cf, config);
}

ngx_int_t complete_server(ngx_conf_t* cf, const ngx_http_upstream_srv_conf_t& us,
                          UpstreamConfig& config) noexcept
{
    if (us.servers->nelts != 1) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"mmx_server\" must be the only server of upstream \"%V\" in %s:%ui",
                      &us.host, us.file_name, us.line);
        return NGX_ERROR;
    }
#if (NGX_HTTP_UPSTREAM_ZONE)
    // nginx would copy the peers of its own balancing into it.
    if (us.shm_zone != nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"mmx_server\" takes no \"zone\": remove it from upstream \"%V\" in %s:%ui",
                      &us.host, us.file_name, us.line);
        return NGX_ERROR;
    }
#endif
    if (config.fixed != nullptr) {
        return NGX_OK;
    }
    auto* http = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (http->resolver == nullptr || http->resolver->connections.nelts == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"mmx_server %V\" in upstream \"%V\" in %s:%ui needs a nameserver: put "
                      "\"resolver ADDRESS;\" into http { }, with the nameserver of "
                      "/etc/resolv.conf",
                      &config.text, &us.host, us.file_name, us.line);
        return NGX_ERROR;
    }
    config.resolver = http->resolver;
    config.resolver_timeout = http->resolver_timeout;
    ngx_conf_init_msec_value(config.resolver_timeout, resolver_timeout_default_ms);

    // Another name in the same block begins with nothing.
    auto* zone = static_cast<u_char*>(
        ngx_pnalloc(cf->pool, us.host.len + config.text.len + sizeof("mmx_server  ")));
    if (zone == nullptr) {
        return NGX_ERROR;
    }
    u_char* end = ngx_sprintf(zone, "mmx_server %V %V", &us.host, &config.text);
    config.kept = KeptAddresses::declare(cf, {static_cast<std::size_t>(end - zone), zone});
    return config.kept != nullptr ? NGX_OK : NGX_ERROR;
}

}  // namespace mmx::gate
