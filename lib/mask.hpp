#pragma once

// Keys in text that is about to be logged or sent on, and what else a line of a log must not hold.
//
// A key is what follows `mmx-`, `mmxadm-` or `mmx_session=`, sixteen letters and digits or more:
// names of files and words such as mmx-admind are none. Each character may stand in percent escapes
// (`%6dmx%2D...`), and those in escapes again.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mmx {

// Overwrites with `*`, in place, what is secret of keys, and what follows `Bearer ` (in any case),
// ten characters of a token or more (RFC 6750, 2.1). The length stays the same.
void mask_keys(std::span<char> line) noexcept;

bool holds_key(std::string_view text) noexcept;

// The text as a line of a log may hold it, where it is not fit as it is: keys masked, and each byte
// that is no UTF-8 or belongs to a control character as `%` and two hex digits.
std::optional<std::string> made_loggable(std::string_view text);

}  // namespace mmx
