#pragma once

// key create, key list, key show, and what the commands that change a key print.

#include "cli/command.hpp"
#include "lib/api_key.hpp"

namespace mmx::admin {

// Prints a key as it stands now; returns the exit status.
int print_key(Context& context, const KeyId& id);

int run_key_create(Context& context, const Invocation& invocation);
int run_key_list(Context& context, const Invocation& invocation);
int run_key_show(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
