#pragma once

// check: runs every examination that still makes sense after what was found.

#include "cli/command.hpp"

namespace mmx::admin {

int run_check(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
