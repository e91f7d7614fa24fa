#pragma once

// What other modules' directives may not say beside `mmx on`, and what is warned of. Each check
// looks at the location that is being merged; nginx's own modules have been merged by then.

#include "base/ngx.hpp"

namespace mmx::gate {

// Refuses `satisfy any`, under which nginx would let requests in that nobody counted, and
// proxy_store, which would keep an answer on disk that shows the master key, as one that echoes the
// request does; warns of a proxied location that does not send $mmx_authorization, or does not
// verify its upstream's certificate.
char* check_location(ngx_conf_t* cf) noexcept;

// Says that something else took the place of the location's mmx_error or mmx_status.
char* refuse_beside_own_page(ngx_conf_t* cf) noexcept;

// The upstream that the location's proxy_pass names; null where it has none, or variables.
ngx_http_upstream_srv_conf_t* proxied_upstream(ngx_conf_t* cf) noexcept;

// debug_connection turns debug_http on again, which log_mask.hpp takes away: refused.
char* check_debug_connection(ngx_conf_t* cf) noexcept;

}  // namespace mmx::gate
