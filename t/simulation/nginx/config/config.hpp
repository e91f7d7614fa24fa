#pragma once

// The simulation's configuration: stands before module/config/config.hpp, which nginx fills.

#include "base/ngx.hpp"

namespace mmx::gate {

enum class OnRedisError : ngx_uint_t { deny, allow };

struct LocationConfig {
    ngx_uint_t on_redis_error = static_cast<ngx_uint_t>(OnRedisError::deny);
    ngx_msec_t grace = 0;
};

inline LocationConfig& location_config(ngx_http_request_t* r) noexcept
{
    return *static_cast<LocationConfig*>(r->location);
}

}  // namespace mmx::gate
