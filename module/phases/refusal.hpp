#pragma once

// What a refused client is told: status, headers and a body in its dialect.

#include "base/ngx.hpp"
#include "base/settings.hpp"
#include "commits/admission.hpp"

namespace mmx::gate {

// Sends the refusal and returns NGX_DONE, or returns the status where the location has an
// error_page for it. On the error page's own way through the access phase: NGX_DECLINED.
ngx_int_t answer_refusal(ngx_http_request_t* r, Admission& admission,
                         const Settings& settings) noexcept;

// The body alone, for an error page that stands for the refusal.
ngx_str_t refusal_body(ngx_http_request_t* r, const Admission& admission,
                       const Settings& settings) noexcept;

}  // namespace mmx::gate
