#pragma once

// From a request to its answer: the console's files, or the admin API's route, once it is sure who
// asks, that they mean it and that they may. Denies by default.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

// Never throws for what a client does or for what fails in a handler: that is an answer as well.
Response dispatch(Daemon& daemon, const Request& request);

}  // namespace mmx::admin
