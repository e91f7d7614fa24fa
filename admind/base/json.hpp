#pragma once

// JSON as both programs' people see it: written on one line, read strictly. Whoever looks into one
// includes <nlohmann/json.hpp>, too: it is large, and most sources only hand one on.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace mmx::admin {

using Json = nlohmann::ordered_json;  // members stay in the order in which they were written

inline constexpr std::size_t json_depth_max = 8;     // objects and arrays within each other
inline constexpr std::size_t json_members_max = 64;  // of one object

// One line; text that is not UTF-8 is replaced.
std::string to_text(const Json& json);

// {error: {code, message}}; code: the names of ErrorCode.
Json error_json(ErrorCode code, std::string_view message);

// One JSON object in UTF-8, no deeper than json_depth_max, no object of more than json_members_max
// members and no name twice in any, all in time linear in the text. Empty text counts as an empty
// object. Throws Error{invalid_json}, with the field where a name comes twice.
Json parse_json_object(std::string_view text);

}  // namespace mmx::admin
