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
    {"GET", "/health", Access::open, false, get_health},
    {"GET", "/setup", Access::open, false, get_setup},
    {"POST", "/setup", Access::open, false, set_up},
    {"GET", "/session", Access::viewer, false, get_session},
    {"POST", "/session", Access::open, false, log_in},
    {"DELETE", "/session", Access::viewer, false, log_out},
    {"POST", "/session/password", Access::viewer, true, change_own_password},
    {"GET", "/sessions", Access::viewer, false, list_sessions},
    {"DELETE", "/sessions/{id}", Access::viewer, false, end_session},
    {"GET", "/users", Access::admin, false, list_users},
    {"POST", "/users", Access::admin, true, add_user},
    {"PATCH", "/users/{name}", Access::admin, true, change_user},
    {"DELETE", "/users/{name}", Access::admin, false, delete_user},
    {"GET", "/tokens", Access::admin, false, list_tokens},
    {"POST", "/tokens", Access::admin, true, create_token},
    {"DELETE", "/tokens/{id}", Access::admin, false, delete_token},
    {"GET", "/check", Access::viewer, false, get_check},
    {"GET", "/overview", Access::viewer, false, get_overview},
    {"GET", "/usage", Access::viewer, false, get_usage},
    {"GET", "/usage.csv", Access::viewer, false, export_usage},
    {"GET", "/keys", Access::viewer, false, list_keys},
    {"POST", "/keys", Access::admin, false, create_keys},
    {"GET", "/keys.csv", Access::viewer, false, export_keys},
    {"POST", "/keys/search", Access::viewer, false, find_by_key},
    {"POST", "/keys/batch", Access::admin, false, change_keys},
    {"GET", "/keys/{id}", Access::viewer, false, get_key},
    {"PATCH", "/keys/{id}", Access::admin, false, change_key},
    {"DELETE", "/keys/{id}", Access::admin, false, delete_key},
    {"POST", "/keys/{id}/reveal", Access::admin, true, reveal_key},
    {"POST", "/keys/{id}/rotate", Access::admin, false, rotate_key},
    {"GET", "/keys/{id}/usage", Access::viewer, false, get_key_usage},
    {"GET", "/keys/{id}/usage.csv", Access::viewer, false, export_key_usage},
    {"GET", "/master", Access::viewer, false, get_master},
    {"PUT", "/master", Access::admin, true, set_master},
    {"POST", "/master/test", Access::admin, false, test_master},
    {"GET", "/settings", Access::viewer, false, get_settings},
    {"PATCH", "/settings", Access::admin, false, change_settings},
    {"GET", "/audit", Access::viewer, false, list_audit},
    {"POST", "/audit/verify", Access::admin, false, verify_audit},
    {"GET", "/public/usage", Access::open, false, look_up_usage},
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
        text.append(route.reauth ? " reauth\n" : "\n");
    }
    return text;
}

}  // namespace mmx::admin
