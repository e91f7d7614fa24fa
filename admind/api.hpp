#pragma once

// The admin API's handlers, in the order of the table in routes.cpp. Each reads what was sent,
// calls the store and answers; openapi.yaml says what with. They throw Error.

#include "call.hpp"
#include "http.hpp"

namespace mmx {

Response get_health(Call& call);

}  // namespace mmx
