#pragma once

// Whether the daemon can do its work. What each is sent and answers stands in openapi.yaml; they
// throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response get_health(Call& call);

}  // namespace mmx::admin
