#pragma once

// What is asked of whoever sits at the terminal, or is piped in.

#include <cstddef>
#include <string>

#include "host/secret_text.hpp"

namespace mmx::admin {

// All of standard input without one closing newline, at most max bytes; throws Error{invalid_input}
// beyond. At a terminal it asks with the prompt and does not show what is typed.
SecretText read_secret_from_stdin(const std::string& prompt, std::size_t max);

}  // namespace mmx::admin
