#pragma once

// An answer that would show the master key, as one that echoes the request does, never shows it.
//
// In the headers: the client gets answer_withheld instead, and no log sees it. In the body, also
// across its pieces: the answer ends there, cut off, since its beginning has been sent. Either way
// the error log has a line, and nginx' cache does not keep it; what that has from before is guarded
// as well. What could be the key's beginning at a piece's end waits for the next. A guarded answer
// has no ranges: the parts of a key, asked for one by one, would not be known for it.

#include "base/ngx.hpp"
#include "commits/admission.hpp"

namespace mmx::gate {

// Guards this request's answer from now on. Returns `Bearer <master key>`, the same text in the
// request's own memory, which alone may be sent; empty when out of memory.
std::string_view guard_echo(ngx_http_request_t* r, Admission& admission,
                            std::string_view authorization) noexcept;

// In the log phase: of an answer that never began, as its client went before, the header filter has
// seen nothing.
void hide_from_logs(ngx_http_request_t* r, const Admission& admission) noexcept;

// The header and body filters. To be installed before those that hold or replace answers, which
// makes it run behind them.
void install_echo_guard() noexcept;

}  // namespace mmx::gate
