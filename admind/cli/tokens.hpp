#pragma once

// The commands for API tokens.

#include "cli/command.hpp"

namespace mmx::admin {

int run_token_create(Context& context, const Invocation& invocation);
int run_token_list(Context& context, const Invocation& invocation);
int run_token_delete(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
