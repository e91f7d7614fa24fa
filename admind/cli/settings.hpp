#pragma once

// init, master and settings.

#include "cli/command.hpp"

namespace mmx::admin {

int run_init(Context& context, const Invocation& invocation);
int run_master_set(Context& context, const Invocation& invocation);
int run_master_show(Context& context, const Invocation& invocation);
int run_settings_show(Context& context, const Invocation& invocation);
int run_settings_set(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
