#include "config/config.hpp"

#include "base/ledger_zone.hpp"
#include "base/metrics.hpp"
#include "config/config_checks.hpp"
#include "config/log_mask.hpp"
#include "host/guarded_file.hpp"
#include "host/hardening.hpp"
#include "lib/calendar.hpp"

namespace mmx::gate {
namespace {

char* const conf_error = static_cast<char*>(NGX_CONF_ERROR);

char* fail(ngx_conf_t* cf, const char* directive, const std::string& why) noexcept
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s: %s", directive, why.c_str());
    return conf_error;
}

bool check_range(ngx_conf_t* cf, const char* directive, ngx_msec_t value, ngx_msec_t min,
                 ngx_msec_t max) noexcept
{
    if (value >= min && value <= max) {
        return true;
    }
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s must be %M to %M milliseconds", directive, min,
                       max);
    return false;
}

// The path as nginx reads it: relative to its prefix' conf folder. Empty: out of memory.
std::string full_path(ngx_conf_t* cf, ngx_str_t path)
{
    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) {
        return {};
    }
    return std::string(ngx::view(path));
}

char* read_password(ngx_conf_t* cf, MainConfig& config)
{
    const std::string path = full_path(cf, config.redis_password_file);
    Result<SecretText> password = read_password_file(path);
    if (!password) {
        return fail(cf, "mmx_redis_password_file", password.fault());
    }
    config.redis->password = std::move(*password);
    config.redis->password_file = path;
    return NGX_CONF_OK;
}

bool remember_upstream(ngx_conf_t* cf, MainConfig& config,
                       ngx_http_upstream_srv_conf_t* upstream) noexcept
{
    if (upstream == nullptr) {
        return true;
    }
    if (config.upstreams == nullptr) {
        config.upstreams = ngx_array_create(cf->pool, 4, sizeof(void*));
    }
    void* place = config.upstreams != nullptr ? ngx_array_push(config.upstreams) : nullptr;
    if (place != nullptr) {
        *static_cast<ngx_http_upstream_srv_conf_t**>(place) = upstream;
    }
    return place != nullptr;
}

}  // namespace

char* use_redis(ngx_conf_t* cf, MainConfig& config, std::string_view url)
{
    Result<RedisTarget*> target = resolve_redis(cf, url);
    if (!target) {
        return fail(cf, "mmx_redis", target.fault());
    }
    config.redis = *target;
    return NGX_CONF_OK;
}

char* use_secret(ngx_conf_t* cf, MainConfig& config, ngx_str_t path)
{
    auto* secrets = ngx::pool_new<Secrets>(cf->pool);
    const std::string fault =
        secrets != nullptr ? secrets->read(full_path(cf, path)) : "no memory for secrets";
    if (!fault.empty()) {
        return fail(cf, "mmx_secret", fault);
    }
    config.secrets = secrets;
    return NGX_CONF_OK;
}

void* create_main_config(ngx_conf_t* cf) noexcept
{
    auto* config = static_cast<MainConfig*>(ngx_pcalloc(cf->pool, sizeof(MainConfig)));
    if (config != nullptr) {
        config->redis_timeout = NGX_CONF_UNSET_MSEC;
        config->credit = NGX_CONF_UNSET;
        config->credit_horizon = config->credit_lease = NGX_CONF_UNSET_MSEC;
        config->keys_max = NGX_CONF_UNSET_UINT;
        config->ledger_size = NGX_CONF_UNSET;
    }
    return config;
}

char* init_main_config(ngx_conf_t* cf, void* data) noexcept
{
    auto* config = static_cast<MainConfig*>(data);
    ngx_conf_init_msec_value(config->redis_timeout, redis_timeout_default_ms);
    ngx_conf_init_value(config->credit, 1);
    ngx_conf_init_msec_value(config->credit_horizon, credit_horizon_default_ms);
    ngx_conf_init_msec_value(config->credit_lease, credit_lease_default_ms);
    ngx_conf_init_uint_value(config->keys_max, keys_max_default);
    ngx_conf_init_value(config->ledger_size, ledger_size_default);
    if (config->redis_timeout < redis_timeout_min_ms) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "mmx_redis_timeout must be %M milliseconds or more",
                           redis_timeout_min_ms);
        return conf_error;
    }
    const bool good = check_range(cf, "mmx_credit_horizon", config->credit_horizon,
                                  credit_horizon_min_ms, credit_horizon_max_ms) &&
                      check_range(cf, "mmx_credit_lease", config->credit_lease, credit_lease_min_ms,
                                  credit_lease_max_ms);
    if (good && config->keys_max < keys_max_least) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "mmx_keys must be %ui or more", keys_max_least);
        return conf_error;
    }
    return good ? NGX_CONF_OK : conf_error;
}

void* create_location_config(ngx_conf_t* cf) noexcept
{
    auto* config = static_cast<LocationConfig*>(ngx_pcalloc(cf->pool, sizeof(LocationConfig)));
    if (config != nullptr) {
        config->enabled = NGX_CONF_UNSET;
        config->dialect = NGX_CONF_UNSET_UINT;
        config->on_redis_error = NGX_CONF_UNSET_UINT;
        config->grace = NGX_CONF_UNSET_MSEC;
    }
    return config;
}

char* merge_location_config(ngx_conf_t* cf, void* parent, void* child) noexcept
{
    auto* previous = static_cast<LocationConfig*>(parent);
    auto* config = static_cast<LocationConfig*>(child);

    ngx_conf_merge_value(config->enabled, previous->enabled, 0);
    ngx_conf_merge_uint_value(config->dialect, previous->dialect, dialect_auto);
    ngx_conf_merge_uint_value(config->on_redis_error, previous->on_redis_error,
                              static_cast<ngx_uint_t>(OnRedisError::deny));
    ngx_conf_merge_msec_value(config->grace, previous->grace, grace_default_ms);
    if (config->key == nullptr) {
        config->key = previous->key;
    }
    if (config->count == nullptr) {
        config->count = previous->count;
    }
    if (config->offered == 0 && config->offered_paths == nullptr) {
        config->offered = previous->offered;
        config->offered_paths = previous->offered_paths;
    }
    if (config->arguments == nullptr) {
        config->arguments = previous->arguments;
    }

    auto* main =
        static_cast<MainConfig*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_mmx_module));
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (main->used && !remember_log(cf, main->logs, core->error_log)) {
        return conf_error;
    }
    if (config->own_page != nullptr && core->handler != config->own_page) {
        return refuse_beside_own_page(cf);
    }
    if (!config->enabled) {
        return NGX_CONF_OK;
    }
    // nginx leaves an `if` in a location without a handler, and answers by the location's.
    config->sends_on =
        core->handler != nullptr ? config->own_page == nullptr : core->noname && previous->sends_on;
    config->upstream = proxied_upstream(cf);
    return remember_upstream(cf, *main, config->upstream) ? check_location(cf) : conf_error;
}

ngx_int_t complete_config(ngx_conf_t* cf) noexcept
{
    auto* config =
        static_cast<MainConfig*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_mmx_module));
    config->metrics = MetricsZone::declare(cf);
    if (config->metrics == nullptr) {
        return NGX_ERROR;
    }
    if (!config->used) {
        return NGX_OK;
    }
    if (config->ledger_size > 0) {
        config->ledger = declare_ledger(cf, static_cast<std::size_t>(config->ledger_size));
        if (config->ledger == nullptr) {
            return NGX_ERROR;
        }
    }

    return ngx::guard(cf->log, ngx_int_t{NGX_ERROR}, [&] {
        // The first zone a process loads costs the library a walk through the tz database: it is
        // walked here, before the workers are forked, and not in their loop.
        (void)Calendar::load(default_timezone);
        ngx_str_t secret = ngx_string("/etc/mmx/secret");
        bool good =
            (config->redis != nullptr ||
             use_redis(cf, *config, "redis://127.0.0.1:6379/0") == NGX_CONF_OK) &&
            choose_resolver(cf, *config->redis) &&
            (config->secrets != nullptr || use_secret(cf, *config, secret) == NGX_CONF_OK) &&
            (config->redis_password_file.len == 0 || read_password(cf, *config) == NGX_CONF_OK) &&
            check_debug_connection(cf) == NGX_CONF_OK;
        return good ? ngx_int_t{NGX_OK} : ngx_int_t{NGX_ERROR};
    });
}

ngx_int_t start_cycle(ngx_cycle_t* cycle) noexcept
{
    auto* config =
        static_cast<MainConfig*>(ngx_http_cycle_get_module_main_conf(cycle, ngx_http_mmx_module));
    if (config != nullptr && config->used != 0) {
        keep_memory_private();  // the keys are derived; as nobody but root it has neighbours, too
    }
    return config != nullptr && config->logs != nullptr ? mask_logs(cycle, config->logs) : NGX_OK;
}

bool counts(ngx_http_request_t* r) noexcept
{
    ngx_str_t value;
    ngx_http_complex_value_t* count = location_config(r).count;
    return count == nullptr || ngx_http_complex_value(r, count, &value) != NGX_OK ||
           ngx::view(value) != "off";
}

Dialect dialect_of(ngx_http_request_t* r) noexcept
{
    const ngx_uint_t dialect = location_config(r).dialect;
    if (dialect != dialect_auto) {
        return static_cast<Dialect>(dialect - 1);
    }
    // On an error page's way the path is that page's.
    return dialect_of_path(ngx::view(r->error_page ? r->unparsed_uri : r->uri));
}

}  // namespace mmx::gate
