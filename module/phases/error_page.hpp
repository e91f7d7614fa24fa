#pragma once

// mmx_error: the page behind error_page of an API's address. What nginx itself answers there, such
// as 404, 413 or 502, is told in the client's dialect with a sentence that helps; so is a refusal
// whose status has an error page.
//
//     error_page 400 404 413 500 502 503 504 /mmx-error;
//     location = /mmx-error { internal; mmx_error /mini; }

#include "base/ngx.hpp"

namespace mmx::gate {

// The content handler.
ngx_int_t on_error_page(ngx_http_request_t* r) noexcept;

// A WebSocket handshake is answered at once, before the access phase and without a key, so that
// clients fall back to plain requests: 426.
ngx_int_t on_upgrade(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
