#pragma once

// reseal: moves the deployment to another secret file.

#include "cli/command.hpp"

namespace mmx::admin {

int run_reseal(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
