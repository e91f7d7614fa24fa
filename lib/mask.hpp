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

// Overwrites with `*`, in place, every place where the secret stands. Whether there was one; an
// empty one stands nowhere.
bool mask_secret(std::span<char> text, std::string_view secret) noexcept;

// The same in a line, and of a secret that the line's end cuts, as nginx does, what is left of it.
void mask_cut_secret(std::span<char> line, std::string_view secret) noexcept;

// Overwrites with `?`, in place, control characters but a line's own end: what a client sends makes
// no line of its own.
void keep_one_line(std::span<char> line) noexcept;

bool holds_key(std::string_view text) noexcept;

// The text as a line of a log may hold it, where it is not fit as it is: keys masked, and each byte
// that is no UTF-8 or belongs to a control character as `%` and two hex digits.
std::optional<std::string> made_loggable(std::string_view text);

}  // namespace mmx
