#pragma once

// Accounts. What each is sent and answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response list_users(Call& call);
Response add_user(Call& call);
Response change_user(Call& call);
Response delete_user(Call& call);

}  // namespace mmx::admin
