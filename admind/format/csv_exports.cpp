#include "format/csv_exports.hpp"

#include <algorithm>

#include "base/csv.hpp"

namespace mmx::admin {
namespace {

std::string time_cell(std::int64_t time, const Calendar& calendar)
{
    return time == 0 ? "" : calendar.iso8601(time);
}

}  // namespace

std::string without_formula(std::string_view text)
{
    // The full-width forms, too: spreadsheets of China and Japan read them as the plain ones.
    constexpr std::string_view starters[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                             "\n", "＝", "＋", "－", "＠"};
    const bool guarded = std::ranges::any_of(
        starters, [&](std::string_view starter) { return text.starts_with(starter); });
    return (guarded ? "'" : "") + std::string(text);
}

std::vector<std::string> figure_names()
{
    std::vector<std::string> cells{"date"};
    cells.insert(cells.end(), std::begin(redis_keys::figures), std::end(redis_keys::figures));
    return cells;
}

std::vector<std::string> figure_cells(std::string_view title, const Figures& figures)
{
    std::vector<std::string> cells{std::string(title)};
    for (const std::int64_t count : figures.counts) {
        cells.push_back(std::to_string(count));
    }
    return cells;
}

std::string usage_csv(const std::vector<DayUsage>& days)
{
    std::string text = csv_line(figure_names());
    for (const DayUsage& day : days) {
        text += csv_line(figure_cells(day.date, day.figures));
    }
    return text;
}

std::string keys_csv_head()
{
    return csv_line({"id", "key", "user", "status", "today", "daily_limit", "month",
                     "monthly_limit", "expires_at", "networks", "created_at", "last_used_at",
                     "note"});
}

std::string keys_csv(const std::vector<Key>& keys, const Calendar& calendar, std::int64_t now)
{
    std::string text;
    for (const Key& key : keys) {
        text += csv_line({std::string(key.id.view()), without_formula(key.hint),
                          without_formula(key.user), std::string(status_name(key.status(now))),
                          std::to_string(key.day_used), std::to_string(key.limits.day),
                          std::to_string(key.month_used), std::to_string(key.limits.month),
                          time_cell(key.expires_at, calendar), key.networks,
                          time_cell(key.created_at, calendar),
                          time_cell(key.last_used_at, calendar), without_formula(key.note)});
    }
    return text;
}

}  // namespace mmx::admin
