#pragma once

// $mmx_authorization and $mmx_arguments for what is sent to MiniMax, and what logs may say of a
// request and its admission.

#include "base/ngx.hpp"

namespace mmx::gate {

ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

}  // namespace mmx::gate
