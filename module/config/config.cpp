#include "config/config.hpp"

#include "base/metrics.hpp"
#include "config/config_checks.hpp"
#include "config/log_mask.hpp"
#include "lib/calendar.hpp"
#include "lib/redis_url.hpp"
#include "phases/metrics_page.hpp"

namespace mmx::gate {
namespace {

char* const conf_error = static_cast<char*>(NGX_CONF_ERROR);

char* note_use(ngx_conf_t* cf, void*, void* field) noexcept
{
    if (*static_cast<ngx_flag_t*>(field) == 1) {
        auto* config =
            static_cast<MainConfig*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_mmx_module));
        config->used = 1;
    }
    return NGX_CONF_OK;
}

char* fail(ngx_conf_t* cf, const char* directive, const std::string& why) noexcept
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s: %s", directive, why.c_str());
    return conf_error;
}

// Resolves what mmx_redis names. A host name is looked up here, once, as in proxy_pass.
char* resolve_redis(ngx_conf_t* cf, MainConfig& config, std::string_view text)
{
    std::string fault;
    auto url = RedisUrl::parse(text, &fault);
    if (!url) {
        return fail(cf, "mmx_redis", fault);
    }
    if (!url->password.empty()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"nginx -T\" shows the password in mmx_redis: put it in a file and "
                           "name that in mmx_redis_password_file");
    }

    std::string address = url->is_unix ? "unix:" + url->path : url->host;
    if (address.find(':') != std::string::npos && !url->is_unix) {
        address = "[" + address + "]";
    }
    ngx_url_t target{};
    target.url = ngx::copy(cf->pool, address);
    target.default_port = url->port;
    if (target.url.data == nullptr || ngx_parse_url(cf->pool, &target) != NGX_OK) {
        return fail(cf, "mmx_redis", address + ": " + (target.err ? target.err : "not resolved"));
    }

    auto* redis = ngx::pool_new<RedisTarget>(cf->pool);
    if (redis == nullptr) {
        return conf_error;
    }
    redis->addresses = target.addrs;
    redis->address_count = target.naddrs;
    redis->name = url->display();
    redis->user = url->user;
    redis->password = url->password;
    redis->database = std::to_string(url->database);
    config.redis = redis;
    return NGX_CONF_OK;
}

char* read_secrets(ngx_conf_t* cf, MainConfig& config, ngx_str_t path)
{
    auto* secrets = ngx::pool_new<Secrets>(cf->pool);
    std::string fault = "no memory for secrets";
    if (secrets == nullptr || ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK ||
        !Secrets::read(reinterpret_cast<const char*>(path.data), *secrets, fault)) {
        return fail(cf, "mmx_secret", fault);
    }
    config.secrets = secrets;
    return NGX_CONF_OK;
}

char* read_password(ngx_conf_t* cf, MainConfig& config)
{
    ngx_str_t path = config.redis_password_file;
    std::string password, fault = "out of memory";
    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK ||
        !read_password_file(reinterpret_cast<const char*>(path.data), password, fault)) {
        return fail(cf, "mmx_redis_password_file", fault);
    }
    const_cast<RedisTarget*>(config.redis)->password = password;
    return NGX_CONF_OK;
}

ngx_str_t argument(ngx_conf_t* cf) noexcept
{
    return static_cast<ngx_str_t*>(cf->args->elts)[1];
}

char* set_redis(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<MainConfig*>(data);
    if (config.redis != nullptr) {
        return const_cast<char*>("is duplicate");
    }
    return ngx::guard(cf->log, conf_error,
                      [&] { return resolve_redis(cf, config, ngx::view(argument(cf))); });
}

char* set_secret(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<MainConfig*>(data);
    if (config.secrets != nullptr) {
        return const_cast<char*>("is duplicate");
    }
    return ngx::guard(cf->log, conf_error, [&] { return read_secrets(cf, config, argument(cf)); });
}

char* set_status(ngx_conf_t* cf, ngx_command_t*, void*) noexcept
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    core->handler = on_metrics_page;
    return NGX_CONF_OK;
}

ngx_conf_post_t noted = {note_use};

ngx_conf_enum_t dialects[] = {
    {ngx_string("auto"), dialect_auto},
    {ngx_string("openai"), 1 + static_cast<ngx_uint_t>(Dialect::openai)},
    {ngx_string("anthropic"), 1 + static_cast<ngx_uint_t>(Dialect::anthropic)},
    {ngx_string("native"), 1 + static_cast<ngx_uint_t>(Dialect::native)},
    {ngx_null_string, 0}};

ngx_conf_enum_t on_redis_error[] = {
    {ngx_string("deny"), static_cast<ngx_uint_t>(OnRedisError::deny)},
    {ngx_string("allow"), static_cast<ngx_uint_t>(OnRedisError::allow)},
    {ngx_null_string, 0}};

constexpr ngx_uint_t anywhere = NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF;

}  // namespace

// clang-format off: nginx's own table layout, one directive per block.
ngx_command_t commands[] = {
    {ngx_string("mmx"), anywhere | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocationConfig, enabled), &noted},

    {ngx_string("mmx_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_redis,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_redis_password_file"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_str_slot, NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, redis_password_file),
     nullptr},

    {ngx_string("mmx_redis_timeout"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, redis_timeout), nullptr},

    {ngx_string("mmx_secret"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_secret,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_key"), anywhere | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, key), nullptr},

    {ngx_string("mmx_dialect"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, dialect), dialects},

    {ngx_string("mmx_on_redis_error"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, on_redis_error), on_redis_error},

    {ngx_string("mmx_grace"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, grace), nullptr},

    {ngx_string("mmx_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_status,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    ngx_null_command};
// clang-format on

void* create_main_config(ngx_conf_t* cf) noexcept
{
    auto* config = static_cast<MainConfig*>(ngx_pcalloc(cf->pool, sizeof(MainConfig)));
    if (config != nullptr) {
        config->redis_timeout = NGX_CONF_UNSET_MSEC;
    }
    return config;
}

char* init_main_config(ngx_conf_t* cf, void* data) noexcept
{
    auto* config = static_cast<MainConfig*>(data);
    ngx_conf_init_msec_value(config->redis_timeout, redis_timeout_default_ms);
    if (config->redis_timeout < redis_timeout_min_ms) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "mmx_redis_timeout must be %M milliseconds or more",
                           redis_timeout_min_ms);
        return conf_error;
    }
    return NGX_CONF_OK;
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

    auto* main =
        static_cast<MainConfig*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_mmx_module));
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (main->used && !remember_log(cf, main->logs, core->error_log)) {
        return conf_error;
    }
    return config->enabled ? check_location(cf) : NGX_CONF_OK;
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

    return ngx::guard(cf->log, ngx_int_t{NGX_ERROR}, [&] {
        // The first zone a process loads costs the library a walk through the tz database: it is
        // walked here, before the workers are forked, and not in their loop.
        (void)Calendar::load(default_timezone);
        ngx_str_t secret = ngx_string("/etc/mmx/secret");
        bool good =
            (config->redis != nullptr ||
             resolve_redis(cf, *config, "redis://127.0.0.1:6379/0") == NGX_CONF_OK) &&
            (config->secrets != nullptr || read_secrets(cf, *config, secret) == NGX_CONF_OK) &&
            (config->redis_password_file.len == 0 || read_password(cf, *config) == NGX_CONF_OK) &&
            check_debug_connection(cf) == NGX_CONF_OK;
        return good ? ngx_int_t{NGX_OK} : ngx_int_t{NGX_ERROR};
    });
}

ngx_int_t start_cycle(ngx_cycle_t* cycle) noexcept
{
    auto* config =
        static_cast<MainConfig*>(ngx_http_cycle_get_module_main_conf(cycle, ngx_http_mmx_module));
    return config != nullptr && config->logs != nullptr ? mask_logs(cycle, config->logs) : NGX_OK;
}

Dialect dialect_of(ngx_http_request_t* r) noexcept
{
    ngx_uint_t dialect = location_config(r).dialect;
    return dialect == dialect_auto ? dialect_of_path(ngx::view(r->uri))
                                   : static_cast<Dialect>(dialect - 1);
}

}  // namespace mmx::gate
