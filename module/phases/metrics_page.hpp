#pragma once

// mmx_status: what this gateway has done, as Prometheus text (exposition format 0.0.4).

#include "base/ngx.hpp"

namespace mmx::gate {

ngx_int_t on_metrics_page(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
