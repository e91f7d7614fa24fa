#pragma once

// key import: keys that people hold already, from a CSV file.

#include "cli/command.hpp"

namespace mmx::admin {

int run_key_import(Context& context, const Invocation& invocation);

}  // namespace mmx::admin
