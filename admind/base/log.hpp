#pragma once

// What the daemon writes to standard error, where systemd and the quickstart keep it: a line at a
// time, never with anything that a client sent and never with a secret.

#include <string_view>

namespace mmx::admin {

void log_line(std::string_view text);

// Something that failed within while a request was answered. At most one line a second; those left
// out are counted in the next.
void log_failure(std::string_view doing, std::string_view what);

}  // namespace mmx::admin
