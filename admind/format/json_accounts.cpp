#include "format/json_accounts.hpp"

#include <nlohmann/json.hpp>

#include "base/digest.hpp"

namespace mmx::admin {
namespace {

Json plain_user(const Account& account, const Calendar& calendar)
{
    Json json = {{"name", account.name}, {"role", role_name(account.role)}};
    put_time(json, "created_at", account.created_at, calendar);
    put_time(json, "password_changed_at", account.password_changed_at, calendar);
    put_time(json, "last_login_at", account.last_login_at, calendar);
    return json;
}

Json plain_token(const ApiToken& token, const Calendar& calendar)
{
    Json json = {
        {"id", public_id(token.hash)},    {"name", token.name}, {"role", role_name(token.role)},
        {"scopes", token.scopes.names()}, {"hint", token.hint}, {"created_by", token.created_by}};
    json["created_with"] =
        token.created_with.empty() ? Json(nullptr) : Json(public_id(token.created_with));
    put_time(json, "created_at", token.created_at, calendar);
    put_time(json, "last_used_at", token.last_used_at, calendar);
    put_time(json, "expires_at", token.expires_at, calendar);
    return json;
}

template <typename Items, typename Plain>
Json list_json(const char* name, const Items& items, const Plain& plain)
{
    Json list = Json::array();
    for (const auto& item : items) {
        list.push_back(plain(item));
    }
    return {{name, std::move(list)}};
}

}  // namespace

Json user_json(const Account& account, const Calendar& calendar)
{
    return {{"user", plain_user(account, calendar)}};
}

Json users_json(const std::vector<Account>& accounts, const Calendar& calendar)
{
    return list_json("users", accounts,
                     [&](const Account& account) { return plain_user(account, calendar); });
}

Json token_json(const ApiToken& token, std::string_view secret, const Calendar& calendar)
{
    return {{"token", plain_token(token, calendar)}, {"secret", secret}};
}

Json tokens_json(const std::vector<ApiToken>& tokens, const Calendar& calendar)
{
    return list_json("tokens", tokens,
                     [&](const ApiToken& token) { return plain_token(token, calendar); });
}

Json session_json(const Principal& principal, const Calendar& calendar)
{
    const bool is_token = principal.is_token;
    Json json = {{"name", is_token ? Json(nullptr) : Json(principal.name)},
                 {"role", role_name(principal.role)},
                 {"scopes", is_token ? Json(principal.scopes.names()) : Json(nullptr)},
                 {"csrf_token", is_token ? Json(nullptr) : Json(principal.csrf_token)}};
    put_time(json, "expires_at", principal.expires_at, calendar);
    json["idle_seconds"] = is_token ? Json(nullptr) : Json(principal.idle_seconds);
    return {{"session", std::move(json)}};
}

Json sessions_json(const std::vector<Session>& sessions, std::string_view current,
                   const Calendar& calendar)
{
    return list_json("sessions", sessions, [&](const Session& session) {
        Json json = {{"id", public_id(session.hash)},
                     {"user", session.user},
                     {"address", session.address},
                     {"user_agent", session.user_agent}};
        put_time(json, "created_at", session.created_at, calendar);
        put_time(json, "seen_at", session.seen_at, calendar);
        put_time(json, "expires_at", session.expires_at, calendar);
        json["current"] = session.hash == current;
        return json;
    });
}

Json removed_json(std::string_view name)
{
    return {{"deleted", name}};
}

}  // namespace mmx::admin
