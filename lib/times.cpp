#include "lib/times.hpp"

#include <date/date.h>

#include <limits>
#include <sstream>

#include "lib/text.hpp"

namespace mmx {
namespace {

using date::sys_days;

// A date or month that is known to have its form, and to exist.
template <class Date>
Date read(std::string_view text, const char* format)
{
    Date date{};
    std::istringstream in{std::string(text)};
    in >> date::parse(format, date);
    return date;
}

sys_days to_days(std::string_view date)
{
    return sys_days{read<date::year_month_day>(date, "%F")};
}

std::string to_date(sys_days days)
{
    return date::format("%F", days);
}

std::optional<std::int64_t> two_digits(std::string_view text, std::int64_t max)
{
    return text.size() == 2 ? parse_digits<std::int64_t>(text, 0, max) : std::nullopt;
}

// `18:00` or `18:00:30`, in seconds since midnight.
std::optional<std::int64_t> parse_clock(std::string_view text)
{
    const bool with_seconds = text.size() == 8;
    if ((text.size() != 5 && !with_seconds) || text[2] != ':' || (with_seconds && text[5] != ':')) {
        return std::nullopt;
    }
    const auto hours = two_digits(text.substr(0, 2), 23),
               minutes = two_digits(text.substr(3, 2), 59);
    const auto seconds = with_seconds ? two_digits(text.substr(6), 59) : 0;
    if (!hours || !minutes || !seconds) {
        return std::nullopt;
    }
    return *hours * 3600 + *minutes * 60 + *seconds;
}

// `+08:00` or `Z`, in seconds east of Greenwich.
std::optional<std::int64_t> parse_offset(std::string_view text)
{
    if (text == "Z") {
        return 0;
    }
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) {
        return std::nullopt;
    }
    const auto offset = parse_clock(text.substr(1));
    return offset ? std::optional(text[0] == '-' ? -*offset : *offset) : std::nullopt;
}

// `2026-12-31T18:00`, with `:30` for seconds and Z or an offset if wanted.
std::optional<std::int64_t> parse_time(std::string_view text, const Calendar& calendar)
{
    if (text.size() < 16 || !is_date(text.substr(0, 10)) || (text[10] != 'T' && text[10] != ' ')) {
        return std::nullopt;
    }
    const std::string_view date = text.substr(0, 10);
    const std::size_t clock_length = text.size() >= 19 && text[16] == ':' ? 8 : 5;
    const auto clock = parse_clock(text.substr(11, clock_length));
    if (!clock) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(11 + clock_length);
    if (rest.empty()) {
        return calendar.time_of(date, *clock);
    }
    const auto offset = parse_offset(rest);
    const date::sys_seconds midnight = to_days(date);
    return offset ? std::optional(midnight.time_since_epoch().count() + *clock - *offset)
                  : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_span(std::string_view text)
{
    if (text == "0") {
        return 0;
    }
    const auto count =
        text.empty() ? std::nullopt
                     : parse_digits<std::int64_t>(text.substr(0, text.size() - 1), 0, span_max);
    if (!count) {
        return std::nullopt;
    }
    std::int64_t unit = 0;
    switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return std::nullopt;
    }
    return *count <= span_max / unit ? std::optional(*count * unit) : std::nullopt;
}

std::optional<std::int64_t> parse_expiry(std::string_view text, const Calendar& calendar,
                                         std::int64_t now)
{
    if (is_date(text)) {
        return day_of_date(calendar, text).end;
    }
    if (const auto span = parse_span(text); span && *span > 0) {
        return now + *span;
    }
    // 0 stands for never, and nothing before it can be stored.
    const auto time = parse_time(text, calendar);
    return time && *time > 0 ? time : std::nullopt;
}

QuotaDay day_of_date(const Calendar& calendar, std::string_view date)
{
    // Where the zone skipped the date whole, that is the day which it skipped to.
    return calendar.day_at(calendar.time_of(date, 0));
}

std::string add_days(std::string_view date, int days)
{
    return to_date(to_days(date) + date::days(days));
}

std::vector<std::string> dates_between(std::string_view from, std::string_view to)
{
    std::vector<std::string> dates;
    for (sys_days day = to_days(from), last = to_days(to); day <= last; day += date::days(1)) {
        dates.push_back(to_date(day));
    }
    return dates;
}

std::vector<std::string> months_between(std::string_view from, std::string_view to)
{
    std::vector<std::string> months;
    const auto last = read<date::year_month>(to, "%Y-%m");
    for (auto month = read<date::year_month>(from, "%Y-%m"); month <= last;
         month += date::months(1)) {
        months.push_back(date::format("%Y-%m", month));
    }
    return months;
}

}  // namespace mmx
