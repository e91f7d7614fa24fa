#pragma once

// Settings and the master key. What each is sent and answers stands in openapi.yaml; they throw
// Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response get_settings(Call& call);
Response change_settings(Call& call);
Response get_master(Call& call);
Response set_master(Call& call);
Response test_master(Call& call);

}  // namespace mmx::admin
