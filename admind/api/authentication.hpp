#pragma once

// Who a request comes from, as its session cookie or API token proves it.

#include <optional>
#include <string_view>

#include "api/call.hpp"
#include "auth/login.hpp"
#include "auth/principal.hpp"
#include "auth/sessions.hpp"

namespace mmx::admin {

// The principal of a session's cookie or of a bearer token, or nobody when it has ended or never
// was. A request with `X-Mmx-Background: 1` does not prolong the session's idle time.
std::optional<Principal> find_session(Call& call, std::string_view cookie);
std::optional<Principal> find_token(Call& call, std::string_view token);

SessionLimits session_limits(const Config& config);

// The attempt of a name and a password that are right; throws Error{invalid_credentials} or,
// throttled, Error{too_many_requests}. The call's connection is given back meanwhile.
LoginAttempt verified_attempt(Call& call, std::string_view name, std::string_view password);

// Starts a session of an account whose password was verified and answers with it and its cookie.
// The session that the browser came with ends. rehashed: the password at a higher cost.
Response start_session(Call& call, const Account& account, std::optional<std::string> rehashed,
                       int status);

// Asks the principal of a session for the account's password again; throws
// Error{invalid_credentials} or, throttled, Error{too_many_requests}.
void confirm_password(Call& call, std::string_view password);

// The same with the member `password`, which is read in any case. A token has no password: what it
// may is said by its scopes.
void reauthenticate(Call& call);

}  // namespace mmx::admin
