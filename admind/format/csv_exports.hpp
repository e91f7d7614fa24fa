#pragma once

// What is exported as CSV, for people who open it in a spreadsheet: times in the deployment's zone,
// and no text that a spreadsheet would take for a formula.

#include <string>
#include <string_view>
#include <vector>

#include "lib/calendar.hpp"
#include "store/key.hpp"
#include "store/usage.hpp"

namespace mmx::admin {

std::string usage_csv(const std::vector<DayUsage>& days);

// A line of column names, and a line for each key; hints, never whole keys.
std::string keys_csv_head();
std::string keys_csv(const std::vector<Key>& keys, const Calendar& calendar, std::int64_t now);

// The cells of a usage table, which the command line shows as well.
std::vector<std::string> figure_names();
std::vector<std::string> figure_cells(std::string_view title, const Figures& figures);

// The text with a ' before it where it begins as a formula would.
std::string without_formula(std::string_view text);

}  // namespace mmx::admin
