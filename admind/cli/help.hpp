#pragma once

// What --help prints, from the table. CLI11's own formatter does not break long lines.

#include <span>
#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace mmx::admin {

std::string command_help(const CommandSpec& command);

// Of the commands of one noun, or of all when it is empty.
std::string commands_help(std::span<const CommandSpec> commands, std::string_view noun);

}  // namespace mmx::admin
