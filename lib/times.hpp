#pragma once

// Dates, points in time and spans as people type them. Time is a parameter everywhere.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/calendar.hpp"

namespace mmx {

inline constexpr std::int64_t span_max = std::int64_t{3660} * 86400;  // seconds; ten years
inline constexpr std::string_view span_form = "a number with s, m, h or d behind it, such as 24h";
inline constexpr std::string_view expiry_form =
    "a date (2026-12-31: good through that day), a time (2026-12-31T18:00, in the deployment's "
    "zone, or with Z or +08:00) or a span from now such as 30d";

// `90s`, `15m`, `24h`, `30d`, or `0`, in seconds; at most span_max.
std::optional<std::int64_t> parse_span(std::string_view text);

// When a key given this expiry stops working, in seconds since 1970; see expiry_form.
std::optional<std::int64_t> parse_expiry(std::string_view text, const Calendar& calendar,
                                         std::int64_t now);

// The quota day of a date that exists.
QuotaDay day_of_date(const Calendar& calendar, std::string_view date);

// The date that many days later, or earlier when negative.
std::string add_days(std::string_view date, int days);

// Every date of from to to, both included; every month likewise, from and to being months.
std::vector<std::string> dates_between(std::string_view from, std::string_view to);
std::vector<std::string> months_between(std::string_view from, std::string_view to);

}  // namespace mmx
