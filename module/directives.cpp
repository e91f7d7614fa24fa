#include "directives.hpp"

#include "config/config.hpp"
#include "phases/error_page.hpp"
#include "phases/metrics_page.hpp"
#include "upstream/balancing.hpp"

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
                      [&] { return use_redis(cf, config, ngx::view(argument(cf))); });
}

char* set_secret(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<MainConfig*>(data);
    if (config.secrets != nullptr) {
        return const_cast<char*>("is duplicate");
    }
    return ngx::guard(cf->log, conf_error, [&] { return use_secret(cf, config, argument(cf)); });
}

// Has the location answer with that page. What comes behind it and takes its place is refused when
// the location is merged.
char* set_page(ngx_conf_t* cf, LocationConfig& config, ngx_http_handler_pt page) noexcept
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (core->handler != nullptr) {
        return const_cast<char*>(
            "stands beside another that answers, as proxy_pass: each needs a location of its own");
    }
    core->handler = page;
    config.own_page = page;
    return NGX_CONF_OK;
}

char* set_status(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    return set_page(cf, *static_cast<LocationConfig*>(data), on_metrics_page);
}

// A constant is one of the two words; what variables make of it is looked at in each request.
char* set_count(ngx_conf_t* cf, ngx_command_t* command, void* data) noexcept
{
    if (char* fault = ngx_http_set_complex_value_slot(cf, command, data); fault != NGX_CONF_OK) {
        return fault;
    }
    const auto* value = static_cast<LocationConfig*>(data)->count;
    const std::string_view text = ngx::view(value->value);
    if (value->lengths == nullptr && text != "on" && text != "off") {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "mmx_count takes \"on\", \"off\" or a variable, not \"%V\"",
                           &value->value);
        return conf_error;
    }
    return NGX_CONF_OK;
}

char* set_error(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<LocationConfig*>(data);
    config.error_prefix = argument(cf);
    return set_page(cf, config, on_error_page);
}

template <class T>
bool push(ngx_conf_t* cf, ngx_array_t*& array, const T& value) noexcept
{
    if (array == nullptr) {
        array = ngx_array_create(cf->pool, 4, sizeof(T));
    }
    void* place = array != nullptr ? ngx_array_push(array) : nullptr;
    if (place != nullptr) {
        ::new (place) T(value);
    }
    return place != nullptr;
}

// Its arguments, one after the other, until use() says what is wrong with one.
template <class Use>
char* each_argument(ngx_conf_t* cf, Use&& use) noexcept
{
    auto* word = static_cast<ngx_str_t*>(cf->args->elts);
    for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
        if (const char* fault = use(word[i]); fault != nullptr) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V %s, not \"%V\"", &word[0], fault,
                               &word[i]);
            return conf_error;
        }
    }
    return NGX_CONF_OK;
}

char* set_offer(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<LocationConfig*>(data);
    return each_argument(cf, [&](const ngx_str_t& word) -> const char* {
        const std::string_view name = ngx::view(word);
        if (name.starts_with('/')) {
            return push(cf, config.offered_paths, word) ? nullptr : "finds no memory";
        }
        const auto family = family_named(name);
        config.offered |= name == "all" ? everything : family ? set_of(*family) : 0;
        return name == "all" || family
                   ? nullptr
                   : "takes \"all\", paths, and of the families files, voices, "
                     "images, video, music, transcription, tools, plan, balance";
    });
}

char* set_argument(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<LocationConfig*>(data);
    return each_argument(cf, [&](const ngx_str_t& word) -> const char* {
        return push(cf, config.arguments, ngx::view(word)) ? nullptr : "finds no memory";
    });
}

char* set_ledger(ngx_conf_t* cf, ngx_command_t*, void* data) noexcept
{
    auto& config = *static_cast<MainConfig*>(data);
    if (config.ledger_size != NGX_CONF_UNSET) {
        return const_cast<char*>("is duplicate");
    }
    ngx_str_t word = argument(cf);
    config.ledger_size = ngx::view(word) == "off" ? 0 : ngx_parse_size(&word);
    if (config.ledger_size == 0 ? ngx::view(word) != "off" : config.ledger_size < ledger_size_min) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "mmx_ledger takes \"off\" or a size of 1m or more, not \"%V\"", &word);
        return conf_error;
    }
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
ngx_command_t directives[] = {
    {ngx_string("mmx"), anywhere | NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocationConfig, enabled), &noted},

    {ngx_string("mmx_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_redis,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_redis_password_file"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
     ngx_conf_set_str_slot, NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, redis_password_file),
     nullptr},

    {ngx_string("mmx_redis_timeout"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, redis_timeout), nullptr},

    {ngx_string("mmx_credit"), NGX_HTTP_MAIN_CONF | NGX_CONF_FLAG, ngx_conf_set_flag_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, credit), nullptr},

    {ngx_string("mmx_credit_horizon"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, credit_horizon), nullptr},

    {ngx_string("mmx_credit_lease"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, credit_lease), nullptr},

    {ngx_string("mmx_keys"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_num_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConfig, keys_max), nullptr},

    {ngx_string("mmx_ledger"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_ledger,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_secret"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_secret,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_key"), anywhere | NGX_CONF_TAKE1, ngx_http_set_complex_value_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, key), nullptr},

    {ngx_string("mmx_count"), anywhere | NGX_CONF_TAKE1, set_count, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocationConfig, count), nullptr},

    {ngx_string("mmx_offer"), anywhere | NGX_CONF_1MORE, set_offer, NGX_HTTP_LOC_CONF_OFFSET, 0,
     nullptr},

    {ngx_string("mmx_argument"), anywhere | NGX_CONF_1MORE, set_argument, NGX_HTTP_LOC_CONF_OFFSET,
     0, nullptr},

    {ngx_string("mmx_error"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, set_error,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_dialect"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, dialect), dialects},

    {ngx_string("mmx_on_redis_error"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_enum_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, on_redis_error), on_redis_error},

    {ngx_string("mmx_grace"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1, ngx_conf_set_msec_slot,
     NGX_HTTP_LOC_CONF_OFFSET, offsetof(LocationConfig, grace), nullptr},

    {ngx_string("mmx_server"), NGX_HTTP_UPS_CONF | NGX_CONF_TAKE1, set_server,
     NGX_HTTP_SRV_CONF_OFFSET, 0, nullptr},

    {ngx_string("mmx_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_status,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    ngx_null_command};
// clang-format on

}  // namespace mmx::gate
