#pragma once

// Making the secret file. host/guarded_file reads it.

#include <string>

#include "base/secrets.hpp"

namespace mmx::admin {

// Whether something stands there. Throws Error{secret_file} when that cannot be seen.
bool secret_file_exists(const std::string& path);

// Makes the secret file, mode 0600, or 0640 of that group when one is named. False when there is
// one already, which is then left as it is but for the group and its mode. before: whose names the
// new secret is to go on with, of a deployment that moves to it; null: there is none. Throws Error.
bool make_secret_file(const std::string& path, const std::string& group, const Secrets* before);

}  // namespace mmx::admin
