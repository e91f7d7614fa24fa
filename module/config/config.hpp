#pragma once

// The configuration: what each directive sets, and what is refused at `nginx -t`.
//
// Plain data only: nginx's stock setters write through offsetof(). After merging nothing here
// changes; what a request needs to remember is in its Admission.

#include <string_view>
#include <type_traits>

#include "base/ngx.hpp"
#include "base/secrets.hpp"
#include "lib/answers/dialect.hpp"
#include "lib/passage/endpoints.hpp"
#include "redis/target.hpp"

namespace mmx::gate {

inline constexpr ngx_uint_t dialect_auto = 0;  // others: 1 + Dialect
inline constexpr ngx_msec_t redis_timeout_default_ms = 2000;
inline constexpr ngx_msec_t redis_timeout_min_ms = 10;
inline constexpr ngx_msec_t grace_default_ms = 10 * 60 * 1000;
inline constexpr ngx_msec_t credit_horizon_default_ms = 60 * 1000;
inline constexpr ngx_msec_t credit_horizon_min_ms = 100, credit_horizon_max_ms = 600 * 1000;
inline constexpr ngx_uint_t keys_max_default = 262144, keys_max_least = 1024;  // of a worker
inline constexpr ssize_t ledger_size_default = 64 * 1024 * 1024;
inline constexpr ssize_t ledger_size_min = 1024 * 1024;
inline constexpr ngx_msec_t credit_lease_default_ms = 100;
inline constexpr ngx_msec_t credit_lease_min_ms = 50, credit_lease_max_ms = 1000;

enum class OnRedisError : ngx_uint_t { deny, allow };

struct MainConfig {
    ngx_str_t redis_url;
    ngx_str_t redis_password_file;
    ngx_msec_t redis_timeout;
    ngx_flag_t credit;
    ngx_msec_t credit_horizon, credit_lease;
    ngx_uint_t keys_max;
    ssize_t ledger_size;     // bytes; 0: none
    ngx_shm_zone_t* ledger;  // null: none
    ngx_flag_t used;         // some location says `mmx on`
    ngx_shm_zone_t* metrics;
    ngx_array_t* upstreams;  // ngx_http_upstream_srv_conf_t*, of locations with `mmx on`
    ngx_array_t* logs;       // ngx_log_t*, of all servers and locations; null unless used
    RedisTarget* redis;      // null only when unused
    const Secrets* secrets;  // null only when unused
};

struct LocationConfig {
    ngx_flag_t enabled;
    ngx_http_complex_value_t* key;
    ngx_http_complex_value_t* count;  // null: on
    ngx_flag_t sends_on;           // it has a content handler that is none of ours, as proxy_pass
    ngx_http_handler_pt own_page;  // of mmx_error or mmx_status
    Families offered;              // of mmx_offer: beyond what is everywhere
    ngx_array_t* offered_paths;    // ngx_str_t
    ngx_array_t* arguments;        // std::string_view, of mmx_argument
    ngx_str_t error_prefix;        // of mmx_error: where the API begins
    ngx_uint_t dialect;
    ngx_uint_t on_redis_error;  // OnRedisError
    ngx_msec_t grace;
    ngx_http_upstream_srv_conf_t* upstream;  // of its proxy_pass; null where that has variables
};
static_assert(std::is_standard_layout_v<MainConfig> && std::is_standard_layout_v<LocationConfig>);

void* create_main_config(ngx_conf_t* cf) noexcept;
char* init_main_config(ngx_conf_t* cf, void* data) noexcept;
void* create_location_config(ngx_conf_t* cf) noexcept;
char* merge_location_config(ngx_conf_t* cf, void* parent, void* child) noexcept;

// For the directives mmx_redis and mmx_secret: what they name is looked up where they stand, so
// that a fault is told with their line. Each returns NGX_CONF_OK or NGX_CONF_ERROR, and has said
// why.
char* use_redis(ngx_conf_t* cf, MainConfig& config, std::string_view url);
char* use_secret(ngx_conf_t* cf, MainConfig& config, ngx_str_t path);

// After everything is read: where some location needs them, opens the secrets and resolves Redis.
ngx_int_t complete_config(ngx_conf_t* cf) noexcept;

// After the whole configuration is read: sees to the error logs.
ngx_int_t start_cycle(ngx_cycle_t* cycle) noexcept;

inline LocationConfig& location_config(ngx_http_request_t* r) noexcept
{
    return *static_cast<LocationConfig*>(ngx_http_get_module_loc_conf(r, ngx_http_mmx_module));
}

// Whether what this request's location admits is charged to its key.
bool counts(ngx_http_request_t* r) noexcept;

// The dialect of this request's refusals and errors.
Dialect dialect_of(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
