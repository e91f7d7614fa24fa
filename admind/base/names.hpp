#pragma once

// Names that people tell apart by looking at them: a key's user, an API token. Two that look alike
// must be one, so they are kept in Unicode's form NFC, and what nobody sees is refused.

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/result.hpp"

namespace mmx::admin {

// The name as it is stored. The fault is without a full stop, as text_fault's are, and says which
// character stands where: `holds U+200B, which nobody sees, as its character 3`. Refused are
// format and direction characters, variation selectors, fillers (Unicode's category Cf and what is
// ignorable by default), separators of lines, and what text_fault refuses.
Result<std::string> normal_name(std::string_view text, std::size_t max);

// What a stored name is sought by: its normal form, or the text itself where it has none.
std::string sought_name(std::string_view text);

}  // namespace mmx::admin
