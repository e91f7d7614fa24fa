#pragma once

// The admin API's table: which method and path does what, and who may ask for it. A path that is
// not in it does not exist; who is not named may not.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "auth/scopes.hpp"
#include "http/message.hpp"

namespace mmx::admin {

class Call;

inline constexpr std::string_view api_prefix = "/api/v1";

enum class Access { open, viewer, admin };

// What an API token needs for it besides the role.
struct TokenAccess {
    enum class Kind { any, scope, never };

    // NOLINTNEXTLINE(google-explicit-constructor): the table of routes names the one or the other
    constexpr TokenAccess(Kind of_kind) noexcept : kind(of_kind) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    constexpr TokenAccess(Scope of_scope) noexcept : kind(Kind::scope), scope(of_scope) {}

    Kind kind;
    Scope scope = {};
};

inline constexpr TokenAccess any_token = TokenAccess::Kind::any;
inline constexpr TokenAccess people_only = TokenAccess::Kind::never;  // a person's session

// Whether a session has to give its account's password again.
enum class Reauth {
    no,
    yes,
    for_some,  // the handler asks, by what is wanted
};

struct Route {
    std::string_view method;
    std::string_view pattern;  // below api_prefix; one segment may be `{name}`
    Access access;
    TokenAccess tokens;
    Reauth reauth;
    Response (*handler)(Call& call);
};

std::span<const Route> routes();

struct RouteMatch {
    const Route* route = nullptr;  // nothing: no route has this path and method
    std::string parameter;         // what stands in the place of `{name}`
    std::string allow;             // the methods of this path; empty: there is no such path
};

// A path without `{name}` comes before one with it. HEAD is answered where GET is.
RouteMatch find_route(std::string_view method, std::string_view path);

// A line `GET /api/v1/keys viewer keys.read` for each route: who may, and which API tokens (a
// scope's, `any` or `never`) where not everybody may, with ` reauth` behind it where that is asked
// and ` reauth?` where it is for some.
std::string routes_text();

}  // namespace mmx::admin
