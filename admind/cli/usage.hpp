#pragma once

// usage and audit.

#include "cli/command.hpp"

namespace mmx::admin {

int run_usage(Context& context, const Invocation& invocation);
int run_audit(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
