#pragma once

// serve: the daemon, from its socket to its end.

#include <string>

#include "cli/command.hpp"

namespace mmx::admin {

struct Daemon;
struct Request;
struct Response;

// What the daemon serves, as far as the command line knows it.
struct AdminApi {
    Response (*answer)(Daemon& daemon, const Request& request);  // as Server wants it
    std::string (*routes_text)();
};

int run_serve(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
