#pragma once

// The connections of the upstream { } blocks that locations with `mmx on` send to, whatever chooses
// the server: they are counted, and a kept one that the other side has closed is not used.
//
// nginx closes a kept connection when it is told that the other side did. In the moment between, a
// request could still be given it, and fail: a POST that may have arrived is never sent again. So
// the socket itself is asked before a request goes out on it.

#include "base/ngx.hpp"

namespace mmx::gate {

// Once all is read. us: null, or that of a proxy_pass without a block, where nothing is kept.
void watch_connections(ngx_http_upstream_srv_conf_t* us, ngx_shm_zone_t* metrics) noexcept;

}  // namespace mmx::gate
