#pragma once

// The audit trail, and what can be found wrong. What each is sent and answers stands in
// openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response list_audit(Call& call);
Response verify_audit(Call& call);
Response get_check(Call& call);

}  // namespace mmx::admin
