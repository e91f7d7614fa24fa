#pragma once

// The first account, made in a browser by whoever can read the one-time token. What each is sent
// and answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response get_setup(Call& call);
Response set_up(Call& call);

}  // namespace mmx::admin
