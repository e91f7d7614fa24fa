#pragma once

// What several handlers share: reading what several operations take, and parts of their answers.

#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "base/json.hpp"
#include "store/key.hpp"

namespace mmx::admin {

inline constexpr std::int64_t usage_days_default = 30;
inline constexpr std::int64_t usage_days_max = 400;

// The key of the path; throws Error{not_found}, also for what is no id at all.
KeyId key_of_path(Call& call);
Key find_key(Call& call, const KeyId& id);

// The key as an answer, with its ETag.
Response keyed_response(Call& call, const Key& key);

// The parameters from and to: dates that exist, in order, at most usage_days_max of them.
struct DateRange {
    std::string from, to;
};
DateRange date_range(Call& call);

// Text for storing, as text_fault has it; throws with the field.
std::string checked_text(std::string_view field, std::string text, std::size_t max, bool multiline);

// A name for storing, as normal_name has it; throws with the field.
std::string checked_name(std::string_view field, std::string_view name, std::size_t max);

// Puts `timezone` and `utc_offset`, the zone's at this time.
void put_zone(Json& json, Call& call);

// A download, with a byte order mark before the text.
Response csv_response(std::string_view file_name, std::string text);

}  // namespace mmx::admin
