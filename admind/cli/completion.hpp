#pragma once

// What lets a shell complete the words of a command line, from the table.

#include <span>
#include <string>

#include "cli/command.hpp"

namespace mmx::admin {

// A script for bash: commands, options, paths where a FILE is expected, and choices.
std::string bash_completion(std::span<const CommandSpec> commands);

}  // namespace mmx::admin
