#include "api/routes.hpp"

#include <algorithm>

#include "api/audit.hpp"
#include "api/health.hpp"
#include "api/key_changes.hpp"
#include "api/keys.hpp"
#include "api/session.hpp"
#include "api/settings.hpp"
#include "api/setup.hpp"
#include "api/tokens.hpp"
#include "api/usage.hpp"
#include "api/users.hpp"

namespace mmx::admin {
namespace {

constexpr Route table[] = {
    {"GET", "/health", Access::open, any_token, Reauth::no, get_health},
    {"GET", "/setup", Access::open, any_token, Reauth::no, get_setup},
    {"POST", "/setup", Access::open, any_token, Reauth::no, set_up},
    {"GET", "/session", Access::viewer, any_token, Reauth::no, get_session},
    {"POST", "/session", Access::open, any_token, Reauth::no, log_in},
    {"DELETE", "/session", Access::viewer, people_only, Reauth::no, log_out},
    {"POST", "/session/password", Access::viewer, people_only, Reauth::yes, change_own_password},
    {"GET", "/sessions", Access::viewer, Scope::accounts_read, Reauth::no, list_sessions},
    {"DELETE", "/sessions/{id}", Access::viewer, people_only, Reauth::yes, end_session},
    {"GET", "/users", Access::admin, Scope::accounts_read, Reauth::no, list_users},
    {"POST", "/users", Access::admin, people_only, Reauth::yes, add_user},
    {"PATCH", "/users/{name}", Access::admin, people_only, Reauth::yes, change_user},
    {"DELETE", "/users/{name}", Access::admin, people_only, Reauth::yes, delete_user},
    {"GET", "/tokens", Access::admin, Scope::accounts_read, Reauth::no, list_tokens},
    {"POST", "/tokens", Access::admin, Scope::tokens_write, Reauth::yes, create_token},
    {"DELETE", "/tokens/{id}", Access::admin, Scope::tokens_write, Reauth::no, delete_token},
    {"GET", "/check", Access::viewer, Scope::settings_read, Reauth::no, get_check},
    {"GET", "/overview", Access::viewer, Scope::usage_read, Reauth::no, get_overview},
    {"GET", "/usage", Access::viewer, Scope::usage_read, Reauth::no, get_usage},
    {"GET", "/usage.csv", Access::viewer, Scope::usage_read, Reauth::no, export_usage},
    {"GET", "/keys", Access::viewer, Scope::keys_read, Reauth::no, list_keys},
    {"POST", "/keys", Access::admin, Scope::keys_write, Reauth::no, create_keys},
    {"GET", "/keys.csv", Access::viewer, Scope::keys_read, Reauth::no, export_keys},
    {"POST", "/keys/search", Access::viewer, Scope::keys_read, Reauth::no, find_by_key},
    {"POST", "/keys/batch", Access::admin, Scope::keys_write, Reauth::for_some, change_keys},
    {"GET", "/keys/{id}", Access::viewer, Scope::keys_read, Reauth::no, get_key},
    {"PATCH", "/keys/{id}", Access::admin, Scope::keys_write, Reauth::no, change_key},
    {"DELETE", "/keys/{id}", Access::admin, Scope::keys_write, Reauth::no, delete_key},
    {"POST", "/keys/{id}/reveal", Access::admin, people_only, Reauth::yes, reveal_key},
    {"POST", "/keys/{id}/rotate", Access::admin, Scope::keys_write, Reauth::yes, rotate_key},
    {"GET", "/keys/{id}/usage", Access::viewer, Scope::usage_read, Reauth::no, get_key_usage},
    {"GET", "/keys/{id}/usage.csv", Access::viewer, Scope::usage_read, Reauth::no,
     export_key_usage},
    {"GET", "/master", Access::viewer, Scope::settings_read, Reauth::no, get_master},
    {"PUT", "/master", Access::admin, people_only, Reauth::yes, set_master},
    {"POST", "/master/test", Access::admin, Scope::settings_write, Reauth::no, test_master},
    {"GET", "/settings", Access::viewer, Scope::settings_read, Reauth::no, get_settings},
    {"PATCH", "/settings", Access::admin, Scope::settings_write, Reauth::yes, change_settings},
    {"GET", "/audit", Access::viewer, Scope::audit_read, Reauth::no, list_audit},
    {"POST", "/audit/verify", Access::admin, Scope::audit_read, Reauth::no, verify_audit},
    {"GET", "/public/usage", Access::open, any_token, Reauth::no, look_up_usage},
};

std::string_view first_segment(std::string_view& rest)
{
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(end);
    return segment;
}

// Whether the path is one of the pattern; the parameter is what stands in the place of `{name}`.
bool matches(std::string_view pattern, std::string_view path, std::string_view& parameter)
{
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = first_segment(pattern);
        const std::string_view given = first_segment(path);
        if (wanted.starts_with("/{") && given.size() > 1) {
            parameter = given.substr(1);
        } else if (wanted != given) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

void allow(std::string& list, std::string_view method)
{
    list.append(list.empty() ? "" : ", ").append(method);
    if (method == "GET") {
        list.append(", HEAD");
    }
}

std::string_view access_name(Access access) noexcept
{
    switch (access) {
    case Access::open: return "open";
    case Access::viewer: return "viewer";
    case Access::admin: return "admin";
    }
    return "";
}

std::string_view tokens_name(TokenAccess tokens) noexcept
{
    switch (tokens.kind) {
    case TokenAccess::Kind::any: return "any";
    case TokenAccess::Kind::scope: return scope_name(tokens.scope);
    case TokenAccess::Kind::never: return "never";
    }
    return "";
}

std::string_view reauth_name(Reauth reauth) noexcept
{
    switch (reauth) {
    case Reauth::no: return "";
    case Reauth::yes: return " reauth";
    case Reauth::for_some: return " reauth?";
    }
    return "";
}

}  // namespace

std::span<const Route> routes()
{
    return table;
}

RouteMatch find_route(std::string_view method, std::string_view path)
{
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    for (const bool with_parameter : {false, true}) {
        RouteMatch match;
        for (const Route& route : table) {
            std::string_view parameter;
            const bool has_parameter = route.pattern.find('{') != std::string_view::npos;
            if (has_parameter != with_parameter || !matches(route.pattern, path, parameter)) {
                continue;
            }
            allow(match.allow, route.method);
            if (route.method == wanted) {
                match.route = &route;
                match.parameter = parameter;
            }
        }
        if (!match.allow.empty()) {
            return match;
        }
    }
    return {};
}

std::string routes_text()
{
    std::string text;
    for (const Route& route : table) {
        text.append(route.method).append(" ").append(api_prefix).append(route.pattern);
        text.append(" ").append(access_name(route.access));
        if (route.access != Access::open) {
            text.append(" ").append(tokens_name(route.tokens));
        }
        text.append(reauth_name(route.reauth)).append("\n");
    }
    return text;
}

}  // namespace mmx::admin
