#pragma once

// $mmx_authorization for proxy_set_header, and what logs may say of an admission.

#include "base/ngx.hpp"

namespace mmx::gate {

ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

}  // namespace mmx::gate
