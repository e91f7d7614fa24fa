#pragma once

// The access phase: a request is admitted, refused, or waits for Redis.

#include "base/ngx.hpp"

namespace mmx::gate {

ngx_int_t on_access(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
