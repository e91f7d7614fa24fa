#pragma once

// Making, changing and deleting gateway keys. What each is sent and answers stands in openapi.yaml;
// they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response create_keys(Call& call);
Response change_key(Call& call);
Response change_keys(Call& call);
Response delete_key(Call& call);
Response reveal_key(Call& call);
Response rotate_key(Call& call);

}  // namespace mmx::admin
