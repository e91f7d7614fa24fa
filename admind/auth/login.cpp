#include "auth/login.hpp"

#include "base/error.hpp"
#include "store/refusals.hpp"

namespace mmx::admin {

LoginAttempt begin_attempt(Store& store, std::string_view name)
{
    // What is no account's name is counted for the address alone: it could be anything, also a
    // password typed into the wrong field.
    auto account = Accounts(store).find(name);
    auto counted = Throttle(store).attempt(is_account_name(name) ? name : std::string_view(),
                                           account.has_value());
    return {
        .name = std::string(name), .account = std::move(account), .counted = std::move(counted)};
}

void take_back_attempt(Store& store, const LoginAttempt& attempt)
{
    Throttle(store).take_back(attempt.counted);
}

void pass_attempt(Store& store, const LoginAttempt& attempt)
{
    Throttle(store).pass(attempt.counted, attempt.name);
}

void note_failure(Store& store, std::string_view action, std::string_view object)
{
    note_refusal(store, action, object, Throttle(store).fail());
}

void fail_attempt(Store& store, const LoginAttempt& attempt)
{
    // A name that is nobody's is not written down, for the reason above.
    note_failure(store, refused_login, attempt.account ? attempt.name : "unknown account");
    throw Error(ErrorCode::invalid_credentials, "wrong name or password");
}

}  // namespace mmx::admin
