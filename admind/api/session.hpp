#pragma once

// Logging in and out, one's own password, and the sessions that are open. What each is sent and
// answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response log_in(Call& call);
Response get_session(Call& call);
Response log_out(Call& call);
Response change_own_password(Call& call);
Response list_sessions(Call& call);
Response end_session(Call& call);

}  // namespace mmx::admin
