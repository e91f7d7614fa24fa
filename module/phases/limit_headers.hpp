#pragma once

// The x-ratelimit headers: what is left of a key's limits, told with every counted answer.
//
// x-ratelimit-{limit,remaining,reset}-requests speak of the tightest window, the same with -day and
// -month of each that is limited. The names are OpenAI's, and so is the form of a reset: a
// duration such as `13h2m5s`, until the window begins anew.

#include <cstdint>

#include "base/ngx.hpp"
#include "commits/admission.hpp"

namespace mmx::gate {

// now: Redis' clock, seconds since 1970. False when out of memory.
bool add_limit_headers(ngx_http_request_t* r, const Windows& windows, std::int64_t now) noexcept;

// The header filter: adds them to the answer of an admitted request, in place of any the upstream
// sent of that name.
void install_limit_headers() noexcept;

}  // namespace mmx::gate
