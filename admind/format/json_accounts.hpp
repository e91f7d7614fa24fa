#pragma once

// What the programs say in JSON of accounts, sessions and API tokens; see json.hpp. Never a
// password, its hash, or a session's id.
//
//   user      {name, role: admin|viewer, created_at, password_changed_at, last_login_at}
//   token     {id, name, role, scopes, hint, created_by, created_with, created_at, last_used_at,
//             expires_at}   created_with: the id of the token that made it, or null
//   session   {name, role, scopes, csrf_token, expires_at, idle_seconds}   of a token: name,
//             csrf_token and idle_seconds are null; of a person: scopes
//   open session   {id, user, address, user_agent, created_at, seen_at, expires_at, current}
//   user add, role, password
//             {user: user}
//   user list {users: [user]}
//   user delete    {deleted: name}
//   token create   {token: token, secret}
//   token list     {tokens: [token]}
//   token delete   {deleted: id}

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/accounts.hpp"
#include "auth/api_tokens.hpp"
#include "auth/sessions.hpp"
#include "format/json.hpp"

namespace mmx::admin {

Json user_json(const Account& account, const Calendar& calendar);  // {user: user}
Json users_json(const std::vector<Account>& accounts, const Calendar& calendar);
Json token_json(const ApiToken& token, std::string_view secret, const Calendar& calendar);
Json tokens_json(const std::vector<ApiToken>& tokens, const Calendar& calendar);
Json session_json(const Principal& principal, const Calendar& calendar);  // {session: session}
// current: the hash of the session that asks.
Json sessions_json(const std::vector<Session>& sessions, std::string_view current,
                   const Calendar& calendar);
Json removed_json(std::string_view name);  // {deleted: name}

}  // namespace mmx::admin
