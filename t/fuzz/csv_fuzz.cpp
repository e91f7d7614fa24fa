// CSV: a row that was read, written and read again is the same row, and lines are counted right.

#include <algorithm>

#include "base/csv.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    std::size_t last_line = 0;
    for (const mmx::admin::CsvRow& row : mmx::admin::parse_csv(text)) {
        mmx::fuzz::check(row.line > last_line && row.line <= lines, "a wrong line number");
        last_line = row.line;
        mmx::fuzz::check(!row.fields.empty(), "a row of nothing");
        if (!row.fault.empty()) {
            continue;
        }
        // The mark shields the first field: one that begins with a mark of its own keeps it.
        const auto again = mmx::admin::parse_csv("\xEF\xBB\xBF" + mmx::admin::csv_line(row.fields));
        mmx::fuzz::check(again.size() == 1 && again[0].fault.empty(), "a row that cannot be read");
        mmx::fuzz::check(again[0].fields == row.fields, "another row");
    }
    return 0;
}
