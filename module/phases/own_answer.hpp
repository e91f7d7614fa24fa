#pragma once

// An error that the gateway answers itself, as this request's client reads it: in its dialect, in
// its language, with the request id in the text and in headers.

#include <cstdint>
#include <string_view>

#include "base/ngx.hpp"
#include "lib/answers/error_text.hpp"

namespace mmx::gate {

// Clients that obey Retry-After sleep that long without a word: what takes longer is told in the
// body alone.
inline constexpr std::int64_t retry_after_max_s = 60;

// The same id that $request_id gives the operator's log.
std::string_view request_id(ngx_http_request_t* r) noexcept;

// Whether this client is spoken to in Chinese: by its Accept-Language, else by the setting.
bool speaks_chinese(ngx_http_request_t* r) noexcept;

// Adds X-Request-Id, request-id, x-should-retry, WWW-Authenticate to a 401, and Retry-After where
// it is from 1 to retry_after_max_s seconds. False: out of memory.
bool add_error_headers(ngx_http_request_t* r, const ErrorRow& row,
                       std::int64_t retry_after_s) noexcept;

// The body, in the request's pool; empty with a null data when out of memory. The request's id and
// the operator's contact are added to the facts.
ngx_str_t error_body(ngx_http_request_t* r, const ErrorRow& row, ErrorFacts facts) noexcept;

inline constexpr std::string_view error_type = "application/json; charset=utf-8";

// Sends such an answer from a handler. Returns what is to be given to ngx_http_finalize_request.
ngx_int_t send_error(ngx_http_request_t* r, const ErrorRow& row, ngx_str_t body) noexcept;

}  // namespace mmx::gate
