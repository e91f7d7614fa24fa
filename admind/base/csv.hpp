#pragma once

// CSV as RFC 4180 describes it: fields separated by commas, in double quotes where they hold a
// comma, a quote (doubled) or a line break. A byte order mark and LF line ends are tolerated.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mmx::admin {

// What a UTF-8 file for spreadsheets begins with.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct CsvRow {
    std::size_t line = 0;  // where it begins, from 1
    std::vector<std::string> fields;
    std::string fault;  // empty, or what is wrong with the quotes
};

// Empty lines are left out.
std::vector<CsvRow> parse_csv(std::string_view text);

// The fields as one line with a closing CR LF.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace mmx::admin
