#pragma once

// mmx_status: what this gateway has done, as Prometheus text (exposition format 0.0.4).

#include "ngx.hpp"

namespace mmx {

ngx_int_t on_status(ngx_http_request_t* r) noexcept;

}  // namespace mmx
