#pragma once

// What the daemon writes to standard error, where systemd and the quickstart keep it: a line at a
// time, never with a secret, and but for audit entries never with anything that a client sent.

#include <cstddef>
#include <string_view>

namespace mmx::admin {

inline constexpr std::size_t log_line_max = 1024;  // bytes of a text, the rest is left out
inline constexpr unsigned failure_lines_max = 1;   // a second
inline constexpr unsigned refusal_lines_max = 10;  // a second
inline constexpr unsigned repair_lines_max = 10;   // a second

// Keys are masked in it, and what is no UTF-8 or a control character is spelled out.
void log_line(std::string_view text);

// A line that is worth having apart from Redis, as it is: an audit entry, bounded by audit_line().
// It goes to the system's log, where there is one, since a command's standard error is the user's;
// but the daemon's with all else.
void keep_line(std::string_view text);
void keep_lines_on_standard_error();  // from now on; before any thread is started

// Something that failed within while a request was answered. Lines beyond the bound are counted in
// the next.
void log_failure(std::string_view doing, std::string_view what);

// A call that was refused: in our own words what was asked for, and the answer. Bounded likewise.
void log_refusal(std::string_view call, std::string_view answer);

// What somebody else had written to Redis, and what became of it. Bounded likewise.
void log_repair(std::string_view what);

}  // namespace mmx::admin
