#pragma once

#include <string_view>

namespace mmx::admin {

inline constexpr std::string_view version = "1.0.0";

}  // namespace mmx::admin
