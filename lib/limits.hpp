#pragma once

// A key's limits, and what a wrong one is. Shared by the command line and the admin API, so that
// both accept and refuse the same values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmx {

// 2^53 - 1: the script's numbers are doubles, and JSON readers agree on integers up to here.
inline constexpr std::int64_t limit_max = 9007199254740991;

// A key's refunds of one day for what MiniMax failed: so many, or a tenth of its limit where that
// is more. Beyond them a failure counts.
inline constexpr std::int64_t refund_bound_default = 20;
inline constexpr std::int64_t refund_bound_max = 1'000'000;

inline constexpr std::size_t user_length_max = 128;  // bytes of UTF-8
inline constexpr std::size_t note_length_max = 1024;

struct Limits {
    std::int64_t day = 0;  // requests per quota day; 0: unlimited
    std::int64_t month = 0;
    bool operator==(const Limits&) const = default;
};

// A limit: a whole number of 0 to limit_max, digits only. Nothing otherwise.
std::optional<std::int64_t> parse_limit(std::string_view text) noexcept;

// Empty when text may be stored as a user or note: valid UTF-8, no control characters (a note may
// hold line feeds and tabs), at most max bytes. Else what is wrong, without a full stop.
std::string text_fault(std::string_view text, std::size_t max, bool multiline);

}  // namespace mmx
