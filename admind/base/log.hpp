#pragma once

// What the daemon writes to standard error, where systemd and the quickstart keep it: a line at a
// time, never with a secret, and but for audit entries never with anything that a client sent.

#include <string_view>

namespace mmx::admin {

void log_line(std::string_view text);

// A line that is worth having apart from Redis: an audit entry. It goes to the system's log, where
// there is one, since a command's standard error is the user's; but the daemon's with all else.
void keep_line(std::string_view text);
void keep_lines_on_standard_error();  // from now on; before any thread is started

// Something that failed within while a request was answered. At most one line a second; those left
// out are counted in the next.
void log_failure(std::string_view doing, std::string_view what);

}  // namespace mmx::admin
