#pragma once

// The admin API's table: which method and path does what, and who may ask for it. A path that is
// not in it does not exist; who is not named may not.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace mmx::admin {

class Call;

inline constexpr std::string_view api_prefix = "/api/v1";

enum class Access { open, viewer, admin };

struct Route {
    std::string_view method;
    std::string_view pattern;  // below api_prefix; one segment may be `{name}`
    Access access;
    bool reauth;  // a session has to give its account's password again
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

// A line `GET /api/v1/keys viewer` for each route, with ` reauth` behind it where that is asked.
std::string routes_text();

}  // namespace mmx::admin
