#include "api/authentication.hpp"

#include "api/new_password.hpp"
#include "auth/api_tokens.hpp"
#include "auth/login.hpp"
#include "auth/sessions.hpp"
#include "base/error.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view background_header = "x-mmx-background";
constexpr std::int64_t minute = 60, hour = 3600;  // seconds

// Not the call's own store: that one acts for the principal, who is being looked for.
Store searching_store(Call& call)
{
    return {call.redis(), call.daemon().secrets, std::string(anonymous_actor),
            call.request().address};
}

}  // namespace

SessionLimits session_limits(const Config& config)
{
    return {.idle = config.session_idle_minutes * minute, .age = config.session_hours * hour};
}

std::optional<Principal> find_session(Call& call, std::string_view cookie)
{
    Store store = searching_store(call);
    const bool background = call.request().header(background_header) == "1";
    return Sessions(store, session_limits(call.daemon().config)).find(cookie, background);
}

std::optional<Principal> find_token(Call& call, std::string_view token)
{
    Store store = searching_store(call);
    return ApiTokens(store).find(token);
}

LoginAttempt verified_attempt(Call& call, std::string_view name, std::string_view password)
{
    LoginAttempt attempt = begin_attempt(call.store(), name);
    call.release_redis();  // a hash takes long
    bool right = false;
    try {
        right = call.daemon().hasher.verify(password, attempt.stored(), attempt.counted.standing,
                                            attempt.name);
    } catch (const Error&) {
        take_back_attempt(call.store(), attempt);
        throw;
    }
    if (!right) {
        fail_attempt(call.store(), attempt);
    }
    pass_attempt(call.store(), attempt);
    return attempt;
}

void confirm_password(Call& call, std::string_view password)
{
    try {
        verified_attempt(call, call.principal()->name, password);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::invalid_credentials) {
            throw Error(ErrorCode::invalid_credentials, "the password is wrong", "password");
        }
        throw;
    }
}

void reauthenticate(Call& call)
{
    const SecretText password =
        call.body().secret("password", password_length).value_or(SecretText());
    if (!call.principal()->is_token) {
        if (password.empty()) {
            refuse_field("password", "enter the password of your account again");
        }
        confirm_password(call, password.view());
    }
}

}  // namespace mmx::admin
