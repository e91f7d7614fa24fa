#pragma once

// Keys in a line of text that is about to be logged.

#include <span>

namespace mmx {

// Overwrites with `*`, in place, what follows `mmx-`, `mmxadm-` and `mmx_session=`, sixteen letters
// and digits or more, and what follows `Bearer ` (in any case), ten characters of a token or more
// (RFC 6750, 2.1): names of files and words such as mmx-admind stay. The length stays the same.
void mask_keys(std::span<char> line) noexcept;

}  // namespace mmx
