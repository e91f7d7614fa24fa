#pragma once

// Who a request comes from, as its session cookie or API token proves it.

#include <optional>
#include <string_view>

#include "call.hpp"
#include "principal.hpp"

namespace mmx {

// The principal of a session's cookie or of a bearer token, or nobody when it has ended or never
// was. A request with `X-Mmx-Background: 1` does not prolong the session's idle time.
std::optional<Principal> find_session(Call& call, std::string_view cookie);
std::optional<Principal> find_token(Call& call, std::string_view token);

// Asks the principal of a session for the account's password again; throws
// Error{invalid_credentials} or, throttled, Error{too_many_requests}.
void confirm_password(Call& call, std::string_view password);

}  // namespace mmx
