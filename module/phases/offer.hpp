#pragma once

// What of MiniMax' API this location offers (mmx_offer), as the request would reach it there.

#include "base/ngx.hpp"

namespace mmx::gate {

// By method and path, where the location sends on what it takes. The path is the one that is sent:
// nginx' own, with escapes, slashes and dots resolved, with or without the location's prefix.
bool is_offered(ngx_http_request_t* r) noexcept;

// The line that offers what is not, in the request's pool; empty where MiniMax has no such thing.
ngx_str_t how_to_offer(ngx_http_request_t* r) noexcept;

// From now on a proxy sends the path that was judged, and not the client's spelling of it.
void send_normalised(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
