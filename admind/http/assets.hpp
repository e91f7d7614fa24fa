#pragma once

// The console's built files, embedded in the program: below /console/, each precompressed. A file
// whose name holds its hash may be kept for ever; the page itself is asked for again each time.

#include "http/message.hpp"

namespace mmx::admin {

// Every path below /console/ that is no file is one of the page's own, and gets the page; `/` leads
// there. Throws Error{not_found} or Error{method_not_allowed}.
Response serve_asset(const Request& request);

}  // namespace mmx::admin
