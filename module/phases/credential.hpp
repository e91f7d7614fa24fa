#pragma once

// The gateway key of a request: found in its headers, or where mmx_key says, and made unsendable.

#include <string_view>

#include "base/ngx.hpp"
#include "lib/presented_key.hpp"

namespace mmx::gate {

struct Credential {
    KeyFault fault = KeyFault::missing;
    std::string_view key;    // in the request's memory
    PresentedKey presented;  // what the headers say, where mmx_key does not say otherwise
};

// Reads it, and takes X-Api-Key, Api-Key, Authorization and every other header that holds this or
// another gateway key out of what a proxy sends on, whatever the configuration says. Their
// variables ($http_x_api_key) are gone too. Authorization of another scheme than Bearer stays:
// auth_basic reads it again after an internal redirect, and proxy_set_header replaces it on the way
// to MiniMax.
Credential take_credential(ngx_http_request_t* r) noexcept;

// The same of a request whose key nobody asks for.
void make_unsendable(ngx_http_request_t* r) noexcept;

// Whether a header that is meant for one holds something that begins like a gateway key.
bool presents_key(ngx_http_request_t* r) noexcept;

}  // namespace mmx::gate
