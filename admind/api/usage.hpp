#pragma once

// Counts by day: of all keys, of one, and of the key that its holder shows. What each is sent and
// answers stands in openapi.yaml; they throw Error.

#include "api/call.hpp"
#include "http/message.hpp"

namespace mmx::admin {

Response get_usage(Call& call);
Response export_usage(Call& call);
Response get_key_usage(Call& call);
Response export_key_usage(Call& call);
Response look_up_usage(Call& call);
Response get_overview(Call& call);

}  // namespace mmx::admin
