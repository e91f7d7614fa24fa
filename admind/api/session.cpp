#include "api/session.hpp"

#include <nlohmann/json.hpp>

#include "api/authentication.hpp"
#include "api/new_password.hpp"
#include "auth/account_changes.hpp"
#include "auth/accounts.hpp"
#include "auth/sessions.hpp"
#include "base/error.hpp"
#include "format/json_accounts.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds offered_name_length{1, 64};

Sessions sessions_of(Call& call)
{
    return {call.store(), session_limits(call.daemon().config)};
}

// A viewer sees and ends their own sessions only. A token has none, and its maker's are not its.
std::optional<std::string> whose_sessions(const Principal& principal)
{
    if (principal.role == Role::admin) {
        return std::nullopt;
    }
    return principal.is_token ? std::string() : principal.account;
}

struct Offered {
    std::string name;
    SecretText password;
};

// What cannot be read counts as an attempt, too: of nobody's account.
Offered read_offered(Call& call)
{
    try {
        Offered offered{.name = call.body().required_text("name", offered_name_length),
                        .password = call.body().required_secret("password", password_length)};
        call.body().finish();
        return offered;
    } catch (const Error&) {
        begin_attempt(call.store(), "");
        throw;
    }
}

// The session that the browser comes with ends when it logs in again.
void end_former_session(Call& call, Sessions& sessions)
{
    const std::string_view cookie = call.request().cookie(cookie_name(call.request()));
    if (cookie.empty()) {
        return;
    }
    if (const auto former = sessions.find(cookie, true)) {
        sessions.log_out(former->session, former->account);
    }
}

}  // namespace

Response start_session(Call& call, const Account& account, std::optional<std::string> rehashed,
                       int status)
{
    Store store(call.redis(), call.daemon().secrets, "user:" + account.name,
                call.request().address);
    Sessions sessions(store, session_limits(call.daemon().config));
    end_former_session(call, sessions);
    const SecretText id =
        sessions.start({.account = account,
                        .address = call.request().address,
                        .user_agent = std::string(call.request().header("user-agent")),
                        .rehashed = std::move(rehashed)});
    const auto principal = sessions.find(id.view(), true);
    if (!principal) {
        throw Error(ErrorCode::unauthenticated, "the account was changed: log in again");
    }
    Response response = json_response(session_json(*principal, call.calendar()), status);
    set_cookie(call.request(), response, id.view());
    return response;
}

Response log_in(Call& call)
{
    const Offered offered = read_offered(call);
    const LoginAttempt attempt = verified_attempt(call, offered.name, offered.password.view());
    std::optional<std::string> rehashed;
    if (call.daemon().hasher.is_outdated(attempt.stored())) {
        call.release_redis();
        rehashed = call.daemon().hasher.hash(offered.password.view());
    }
    return start_session(call, *attempt.account, std::move(rehashed), 200);
}

Response get_session(Call& call)
{
    call.query().finish();
    return json_response(session_json(*call.principal(), call.calendar()));
}

Response log_out(Call& call)
{
    call.body().finish();
    const Principal& principal = *call.principal();
    sessions_of(call).log_out(principal.session, principal.account);
    Response response = empty_response();
    set_cookie(call.request(), response, "");
    response.headers.emplace_back("Clear-Site-Data", "\"cache\"");
    return response;
}

Response change_own_password(Call& call)
{
    const Principal& principal = *call.principal();
    const NewPassword password = NewPassword::required(call, "new_password", principal.name);
    AccountChange change;
    change.keep_tokens = keep_tokens_member(call);
    call.body().finish();
    change.password = password.hash(call);
    change.kept_session = principal.session;
    AccountChanges(call.store()).change(principal.name, change);
    return empty_response();
}

Response list_sessions(Call& call)
{
    call.query().finish();
    const Principal& principal = *call.principal();
    return json_response(sessions_json(sessions_of(call).list(whose_sessions(principal)),
                                       principal.session, call.calendar()));
}

Response end_session(Call& call)
{
    call.body().finish();
    sessions_of(call).end(call.parameter(), whose_sessions(*call.principal()));
    return empty_response();
}

}  // namespace mmx::admin
