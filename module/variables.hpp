#pragma once

// $mmx_authorization for proxy_set_header, and what logs may say of an admission.

#include "ngx.hpp"

namespace mmx {

ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

}  // namespace mmx
