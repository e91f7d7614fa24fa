#include "config/config_checks.hpp"

#include <dlfcn.h>

namespace mmx::gate {
namespace {

char* const conf_error = static_cast<char*>(NGX_CONF_ERROR);

ngx_http_core_loc_conf_t* core_location(ngx_conf_t* cf) noexcept
{
    return static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
}

// Where the proxy module keeps what one of its directives set. Its structure is its own secret,
// but its table of directives tells the offset; null when nginx has no such directive.
void* proxy_setting(ngx_conf_t* cf, std::string_view directive) noexcept
{
    for (ngx_uint_t i = 0; cf->cycle->modules[i] != nullptr; ++i) {
        ngx_module_t* module = cf->cycle->modules[i];
        if (module->type != NGX_HTTP_MODULE ||
            std::string_view(module->name) != "ngx_http_proxy_module") {
            continue;
        }
        auto* settings = static_cast<u_char*>(
            static_cast<ngx_http_conf_ctx_t*>(cf->ctx)->loc_conf[module->ctx_index]);
        for (ngx_command_t* c = module->commands; c->name.len != 0; ++c) {
            if (ngx::view(c->name) == directive) {
                return settings + c->offset;
            }
        }
    }
    return nullptr;
}

// Whether some proxy_set_header in force here uses $mmx_authorization.
bool sends_authorization(ngx_conf_t* cf) noexcept
{
    auto* headers = static_cast<ngx_array_t**>(proxy_setting(cf, "proxy_set_header"));
    if (headers == nullptr || *headers == nullptr || *headers == NGX_CONF_UNSET_PTR) {
        return headers == nullptr;
    }
    auto* pair = static_cast<ngx_keyval_t*>((*headers)->elts);
    for (ngx_uint_t i = 0; i < (*headers)->nelts; ++i) {
        if (ngx::view(pair[i].value).find("mmx_authorization") != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

bool verifies_upstream(ngx_conf_t* cf) noexcept
{
    auto* verify = static_cast<ngx_flag_t*>(proxy_setting(cf, "proxy_ssl_verify"));
    return verify == nullptr || *verify == 1;
}

// What nginx itself keeps of the location's proxy_pass: its proxy_ssl_verify tells where in memory.
ngx_http_upstream_conf_t* proxy_upstream_conf(ngx_conf_t* cf) noexcept
{
    auto* verify = static_cast<u_char*>(proxy_setting(cf, "proxy_ssl_verify"));
    return verify == nullptr ? nullptr
                             : reinterpret_cast<ngx_http_upstream_conf_t*>(
                                   verify - offsetof(ngx_http_upstream_conf_t, ssl_verify));
}

// Whether the location's proxy_pass names https, or may, having variables: only then nginx has made
// it a TLS context.
bool proxies_to_tls(ngx_conf_t* cf) noexcept
{
    const ngx_http_upstream_conf_t* upstream = proxy_upstream_conf(cf);
    return upstream != nullptr && upstream->ssl != nullptr && upstream->ssl->ctx != nullptr;
}

bool stores_answers(ngx_conf_t* cf) noexcept
{
    const ngx_http_upstream_conf_t* upstream = proxy_upstream_conf(cf);
    return upstream != nullptr && upstream->store != 0;
}

// Whether the nginx that runs was made --with-debug: only such a one has this function. The headers
// cannot tell, for nginx takes a module whatever they said of it.
bool is_debug_build() noexcept
{
    return ::dlsym(RTLD_DEFAULT, "ngx_debug_accepted_connection") != nullptr;
}

// The event module's settings as they lie in a debug build's memory: one member more than
// elsewhere, and that the last. Headers configured without --with-debug do not declare it; being
// aligned like all before it, it lies where their structure ends.
#if (NGX_DEBUG)
using DebugEventSettings = ngx_event_conf_t;
#else
struct DebugEventSettings {
    ngx_event_conf_t as_elsewhere;
    ngx_array_t debug_connection;
};
static_assert(alignof(ngx_event_conf_t) == alignof(ngx_array_t));
#endif
static_assert(offsetof(DebugEventSettings, debug_connection) + sizeof(ngx_array_t) ==
              sizeof(DebugEventSettings));

}  // namespace

ngx_http_upstream_srv_conf_t* proxied_upstream(ngx_conf_t* cf) noexcept
{
    const ngx_http_upstream_conf_t* upstream = proxy_upstream_conf(cf);
    return upstream != nullptr ? upstream->upstream : nullptr;
}

char* check_location(ngx_conf_t* cf) noexcept
{
    ngx_http_core_loc_conf_t* core = core_location(cf);
    if (core->satisfy == NGX_HTTP_SATISFY_ANY) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"satisfy any\" in \"%V\" would let requests pass uncounted: use "
                           "\"satisfy all\" where \"mmx on\" is in force",
                           &core->name);
        return conf_error;
    }

    bool proxied = core->handler != nullptr && proxy_setting(cf, "proxy_set_header") != nullptr;
    if (proxied && sends_authorization(cf) && stores_answers(cf)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"proxy_store\" in \"%V\" would keep answers on disk before it is "
                           "seen whether they show the master key: turn it off where \"mmx on\" "
                           "is in force",
                           &core->name);
        return conf_error;
    }
    if (proxied && !sends_authorization(cf)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "no proxy_set_header with $mmx_authorization is in force in \"%V\": "
                           "requests leave without the master key; include mmx_proxy.conf",
                           &core->name);
    }
    if (proxied && proxies_to_tls(cf) && !verifies_upstream(cf)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_ssl_verify\" is off in \"%V\": whoever stands between could "
                           "read the master key",
                           &core->name);
    }
    if (proxied && proxies_to_tls(cf) && proxied_upstream(cf) == nullptr) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"proxy_pass\" with variables in \"%V\": each request makes a TLS "
                           "connection of its own; name an upstream block, as mmx_upstream.conf "
                           "has one",
                           &core->name);
    }
    return NGX_CONF_OK;
}

char* refuse_beside_own_page(ngx_conf_t* cf) noexcept
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"mmx_error\" or \"mmx_status\" in \"%V\" answers by itself: give what "
                       "stands beside it, as \"proxy_pass\", a location of its own",
                       &core_location(cf)->name);
    return conf_error;
}

char* check_debug_connection(ngx_conf_t* cf) noexcept
{
    if (!is_debug_build() || cf->cycle->conf_ctx[ngx_events_module.index] == nullptr) {
        return NGX_CONF_OK;
    }
    auto* events = static_cast<DebugEventSettings*>(
        ngx_event_get_conf(cf->cycle->conf_ctx, ngx_event_core_module));
    if (events->debug_connection.nelts != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"debug_connection\" would write API keys to the error log: remove it "
                           "where \"mmx on\" is in force");
        return conf_error;
    }
    return NGX_CONF_OK;
}

}  // namespace mmx::gate
