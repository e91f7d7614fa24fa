#pragma once

// An error that the gateway answers itself, as this request's client reads it: in its dialect, in
// its language, with the request id in the text and in headers.

#include <cstdint>
#include <string>
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

// Where the API begins, `https://gate.example.com/mini`, with the host as the client spelled it: by
// mmx_error's prefix, else by the location's name. Empty where neither says.
std::string base_url(ngx_http_request_t* r);

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

// For header filters: sends it in place of the upstream's answer, of which nothing has been sent,
// through the filters that follow. Returns what the filter is to return.
ngx_int_t replace_answer(ngx_http_request_t* r, const ErrorRow& row, ngx::Filters next) noexcept;

void consume(ngx_chain_t* in) noexcept;

// For body filters: what the upstream sends of an answer that was replaced goes nowhere.
ngx_int_t swallow(ngx_http_request_t* r, ngx_chain_t* in,
                  ngx_http_output_body_filter_pt next) noexcept;

}  // namespace mmx::gate
