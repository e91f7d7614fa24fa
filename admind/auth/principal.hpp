#pragma once

// Who asks the admin API, as their session or API token proves it, and what they may do.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/scopes.hpp"

namespace mmx::admin {

enum class Role { viewer, admin };  // in the order of what they may do

constexpr std::string_view role_name(Role role) noexcept
{
    return role == Role::admin ? "admin" : "viewer";
}

inline constexpr std::string_view role_names[] = {role_name(Role::viewer), role_name(Role::admin)};

constexpr std::optional<Role> parse_role(std::string_view name) noexcept
{
    if (name == "admin") {
        return Role::admin;
    }
    return name == "viewer" ? std::optional(Role::viewer) : std::nullopt;
}

// All that a token of the role may have.
constexpr Scopes scopes_of(Role role) noexcept
{
    return role == Role::admin ? admin_scopes : viewer_scopes;
}

struct Principal {
    std::string name;  // the account's, or the token's
    Role role = Role::viewer;
    bool is_token = false;          // neither re-authentication nor CSRF applies to a token
    std::string session;            // the hash under which the session is stored; empty for a token
    std::string csrf_token;         // what X-CSRF-Token must say; empty for a token
    std::int64_t expires_at = 0;    // when the session or token ends at the latest; 0: never
    std::int64_t idle_seconds = 0;  // the session ends after this long without use
    std::string account;  // whose rights these are: the account's own name, or who made the token
    std::string token = {};  // the hash under which the token is stored; empty for a session
    Scopes scopes = {};      // the token's; none for a session, which is held to its role alone

    // As the audit trail names them: `user:<name>` or `token:<name>`.
    std::string actor() const { return (is_token ? "token:" : "user:") + name; }
};

}  // namespace mmx::admin
