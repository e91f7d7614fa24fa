#pragma once

// From the words of a command line to the command they name: a parser that CLI11 makes from the
// table of commands. Options may stand before, between and behind the words of the command.

#include <span>
#include <string>

#include "cli/command.hpp"

namespace mmx::admin {

// Throws Error{invalid_argument} that says what was expected.
Invocation parse_command_line(std::span<const CommandSpec> commands,
                              std::span<const std::string> words);

}  // namespace mmx::admin
