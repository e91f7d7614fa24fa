#pragma once

// What other modules' directives may not say beside `mmx on`, and what is warned of. Each check
// looks at the location that is being merged; nginx's own modules have been merged by then.

#include "ngx.hpp"

namespace mmx {

// Refuses `satisfy any`, under which nginx would let requests in that nobody counted; warns of a
// proxied location that does not send $mmx_authorization, or does not verify its upstream's
// certificate.
char* check_location(ngx_conf_t* cf) noexcept;

// nginx's debug_http lines hold whole request headers, and so both the clients' keys and the
// master key: takes that part out of the location's error log, and says so.
void silence_header_debug(ngx_conf_t* cf) noexcept;

// debug_connection turns those lines on again behind our back: refused.
char* check_debug_connection(ngx_conf_t* cf) noexcept;

}  // namespace mmx
