#pragma once

// Keys about to be made: their texts come from the system's CSPRNG and exist only here until the
// store has sealed them.

#include <cstddef>
#include <vector>

#include "base/secrets.hpp"
#include "store/key.hpp"

namespace mmx::admin {

// What wanted does not name is taken from the defaults; it must name a user.
std::vector<NewKey> make_new_keys(const Secrets& secrets, const KeyChange& wanted,
                                  const Limits& defaults, std::size_t count);

// For a rotation: only a text and its id, all else is the old key's.
NewKey make_replacement(const Secrets& secrets);

}  // namespace mmx::admin
