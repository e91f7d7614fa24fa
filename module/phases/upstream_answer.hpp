#pragma once

// An error answer of MiniMax to an admitted request, held until it is known whose fault it tells.
//
// Its header waits for the beginning of its body, which has MiniMax's code. What is our own
// account's fault never reaches the client: it gets upstream_rejected_gateway instead, without
// MiniMax's words, which may show the account. Everything else is passed on as it came.

#include "base/ngx.hpp"
#include "commits/admission.hpp"

namespace mmx::gate {

// Of a body, read for its code; MiniMax's errors are a few hundred bytes.
inline constexpr std::size_t error_body_max = 8192;

// How long such a body is waited for behind its header; then what there is of it decides.
inline constexpr ngx_msec_t error_body_wait_ms = 2000;

// For a request that ends while its answer is held, as its client went: what has come decides.
void judge_held_answer(ngx_http_request_t* r, Admission& admission) noexcept;

// The header and body filters. To be installed behind those that add headers, which makes it run
// before them.
void install_upstream_answer() noexcept;

}  // namespace mmx::gate
