#pragma once

// The table of commands.

#include <span>

#include "cli/command.hpp"

namespace mmx::admin {

std::span<const CommandSpec> commands();

}  // namespace mmx::admin
