#pragma once

// Keys in a line of text that is about to be logged.

#include <span>

namespace mmx {

// Overwrites with `*`, in place, what follows `mmx-` and what follows `Bearer ` (in any case): up
// to the first character that no key or token has (RFC 6750, 2.1). Ten characters or more, so that
// words such as mmx-admind stay. The length stays the same.
void mask_keys(std::span<char> line) noexcept;

}  // namespace mmx
