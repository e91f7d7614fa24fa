#pragma once

// The module's directives: a table with what each sets in config/config.

#include "base/ngx.hpp"

namespace mmx::gate {

extern ngx_command_t directives[];

}  // namespace mmx::gate
