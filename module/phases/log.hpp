#pragma once

// The log phase: what an admitted request turned out to be is written to its key's counters.

#include "base/ngx.hpp"

namespace mmx::gate {

ngx_int_t on_log(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
