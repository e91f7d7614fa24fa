#pragma once

// The text of conf/users.acl, put into the program when it is built.

#include <string_view>

namespace mmx::admin {

extern const std::string_view shipped_users;

}  // namespace mmx::admin
