#pragma once

// Reading gateway keys. What each is sent and answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response list_keys(Call& call);
Response export_keys(Call& call);
Response find_by_key(Call& call);
Response get_key(Call& call);

}  // namespace mmx::admin
