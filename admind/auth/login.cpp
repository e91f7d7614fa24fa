#include "auth/login.hpp"

#include <nlohmann/json.hpp>

#include "auth/throttle.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace mmx::admin {

LoginAttempt begin_attempt(Store& store, std::string_view name)
{
    // What is no account's name is counted for the address alone: it could be anything, also a
    // password typed into the wrong field.
    Throttle throttle(store.redis(), store.address());
    throttle.attempt(is_account_name(name) ? name : std::string_view());
    return {.name = std::string(name), .account = Accounts(store).find(name)};
}

void pass_attempt(Store& store, const LoginAttempt& attempt)
{
    Throttle(store.redis(), store.address()).pass(attempt.name);
}

void note_failure(Store& store, std::string_view object)
{
    const std::int64_t failures = Throttle(store.redis(), store.address()).fail();
    if (failures > 0) {
        store.apply({}, [&](std::int64_t) {
            return Store::Change{
                {}, {audit_entry("session.refuse", object, to_text({{"failures", failures}}))}};
        });
    }
}

void fail_attempt(Store& store, const LoginAttempt& attempt)
{
    // A name that is nobody's is not written down, for the reason above.
    note_failure(store, attempt.account ? attempt.name : "unknown account");
    throw Error(ErrorCode::invalid_credentials, "wrong name or password");
}

}  // namespace mmx::admin
