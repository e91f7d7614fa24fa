#pragma once

// API tokens. What each is sent and answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response list_tokens(Call& call);
Response create_token(Call& call);
Response delete_token(Call& call);

}  // namespace mmx::admin
