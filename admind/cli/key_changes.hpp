#pragma once

// The commands that change one key.

#include "cli/command.hpp"

namespace mmx::admin {

int run_key_set(Context& context, const Invocation& invocation);
int run_key_enable(Context& context, const Invocation& invocation);
int run_key_disable(Context& context, const Invocation& invocation);
int run_key_delete(Context& context, const Invocation& invocation);
int run_key_reveal(Context& context, const Invocation& invocation);
int run_key_rotate(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
