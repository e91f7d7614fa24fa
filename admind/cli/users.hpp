#pragma once

// The commands for accounts of the console.

#include "cli/command.hpp"

namespace mmx::admin {

int run_user_add(Context& context, const Invocation& invocation);
int run_user_list(Context& context, const Invocation& invocation);
int run_user_delete(Context& context, const Invocation& invocation);
int run_user_password(Context& context, const Invocation& invocation);
int run_user_role(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
