#pragma once

// The manual page, mmx-admind(1), from the table.

#include <span>
#include <string>

#include "cli/command.hpp"

namespace mmx::admin {

// In troff, for the macros of man(7).
std::string manual_page(std::span<const CommandSpec> commands);

}  // namespace mmx::admin
