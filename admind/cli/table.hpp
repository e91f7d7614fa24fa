#pragma once

// Text for people at a terminal: rows in aligned columns.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/calendar.hpp"

namespace mmx::admin {

class Table {
public:
    explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    // Wide characters count as two columns. Control characters become `?`, so that no stored text
    // can drive the terminal.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

// Control characters replaced, as in a table.
std::string printable(std::string_view text);

// A time of Redis' clock in the deployment's zone; 0 is never.
std::string time_text(std::int64_t time, const Calendar& calendar,
                      std::string_view never = "never");

}  // namespace mmx::admin
