#include "api/setup.hpp"

#include <nlohmann/json.hpp>

#include "api/authentication.hpp"
#include "api/new_password.hpp"
#include "auth/accounts.hpp"
#include "auth/login.hpp"
#include "base/error.hpp"
#include "store/refusals.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds token_length{1, 200};
constexpr Bounds name_length{1, static_cast<std::int64_t>(account_name_length_max)};

[[noreturn]] void refuse_token()
{
    throw Error(ErrorCode::invalid_credentials,
                "the set-up token is wrong or has ended: take the one that now stands in its file",
                "token");
}

[[noreturn]] void count_and_refuse(Store& store)
{
    note_failure(store, refused_setup, "");
    refuse_token();
}

}  // namespace

Response get_setup(Call& call)
{
    call.query().finish();
    return json_response({{"needed", Accounts(call.store()).count() == 0}});
}

Response set_up(Call& call)
{
    SetupToken& setup = call.daemon().setup;
    // Where there is an account there is no token: no text is the right one, and none is counted.
    if (!setup.is_offered()) {
        refuse_token();
    }
    const LoginAttempt attempt = begin_attempt(call.store(), "");  // whatever the body holds
    const SecretText token = call.body().required_secret("token", token_length);
    const std::string name = call.body().required_text("name", name_length);
    if (!setup.matches(token.view(), SetupToken::Clock::now())) {
        count_and_refuse(call.store());
    }
    pass_attempt(call.store(), attempt);
    const NewPassword password = NewPassword::required(call, "password", name);
    call.body().finish();
    Accounts(call.store()).require_free(name);
    const std::string hash = password.hash(call);
    if (!setup.take(token.view(), SetupToken::Clock::now())) {
        count_and_refuse(call.store());
    }
    Store store(call.redis(), call.daemon().secrets, "setup", call.request().address);
    Accounts accounts(store);
    accounts.create_first(name, hash);
    return start_session(call, accounts.require(name), std::nullopt, 201);
}

}  // namespace mmx::admin
