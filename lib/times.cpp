#include "lib/times.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace mmx {
namespace {

using std::chrono::sys_days;

// The number that text spells with digits only.
std::optional<std::int64_t> digits(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || text.front() == '-' || fault != std::errc{} ||
        end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

int number(std::string_view text)
{
    return static_cast<int>(digits(text).value_or(0));
}

// date must be of the form that is_date() accepts.
sys_days to_days(std::string_view date)
{
    using namespace std::chrono;
    return sys_days(year(number(date.substr(0, 4))) / number(date.substr(5, 2)) /
                    number(date.substr(8, 2)));
}

std::string to_date(sys_days days)
{
    const std::chrono::year_month_day date(days);
    char text[32];
    std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::int64_t to_seconds(sys_days days)
{
    return std::chrono::duration_cast<std::chrono::seconds>(days.time_since_epoch()).count();
}

// `+08:00` or `Z`, in seconds east of Greenwich.
std::optional<std::int64_t> parse_offset(std::string_view text)
{
    if (text == "Z") {
        return 0;
    }
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return std::nullopt;
    }
    const auto hours = digits(text.substr(1, 2)), minutes = digits(text.substr(4, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return (text[0] == '-' ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

// `18:00` or `18:00:30`, in seconds since midnight.
std::optional<std::int64_t> parse_clock(std::string_view text)
{
    if ((text.size() != 5 && text.size() != 8) || text[2] != ':' ||
        (text.size() == 8 && text[5] != ':')) {
        return std::nullopt;
    }
    const auto hours = digits(text.substr(0, 2)), minutes = digits(text.substr(3, 2));
    const auto seconds = text.size() == 8 ? digits(text.substr(6, 2)) : 0;
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) {
        return std::nullopt;
    }
    return *hours * 3600 + *minutes * 60 + *seconds;
}

// The zone's offset at that time, which stands at the end of the ISO form.
std::int64_t offset_at(const Calendar& calendar, std::int64_t time)
{
    const std::string text = calendar.iso8601(time);
    if (text.ends_with('Z') || text.size() < 6) {
        return 0;
    }
    return parse_offset(std::string_view(text).substr(text.size() - 6)).value_or(0);
}

// `2026-12-31T18:00`, with `:30` for seconds and Z or an offset if wanted.
std::optional<std::int64_t> parse_time(std::string_view text, const Calendar& calendar)
{
    if (text.size() < 16 || !is_date(text.substr(0, 10)) || (text[10] != 'T' && text[10] != ' ')) {
        return std::nullopt;
    }
    const std::size_t clock_length = text.size() >= 19 && text[16] == ':' ? 8 : 5;
    const auto clock = parse_clock(text.substr(11, clock_length));
    if (!clock) {
        return std::nullopt;
    }
    const std::int64_t local = to_seconds(to_days(text.substr(0, 10))) + *clock;
    const std::string_view rest = text.substr(11 + clock_length);
    if (!rest.empty()) {
        const auto offset = parse_offset(rest);
        return offset ? std::optional(local - *offset) : std::nullopt;
    }
    // Twice: the first guess may lie on the other side of a clock change.
    const std::int64_t guess = local - offset_at(calendar, local);
    return local - offset_at(calendar, guess);
}

}  // namespace

std::optional<std::int64_t> parse_span(std::string_view text)
{
    if (text == "0") {
        return 0;
    }
    const auto count = text.empty() ? std::nullopt : digits(text.substr(0, text.size() - 1));
    if (!count || *count > span_max) {
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
    // Noon in Greenwich lies in the date or beside it: zones reach from -12 to +14 hours.
    const std::int64_t noon = to_seconds(to_days(date)) + 12 * 3600;
    QuotaDay day = calendar.day_at(noon);
    if (day.date > date) {
        day = calendar.day_at(day.begin - 1);
    }
    return day.date < date ? calendar.day_at(day.end) : day;
}

std::string add_days(std::string_view date, int days)
{
    return to_date(to_days(date) + std::chrono::days(days));
}

std::vector<std::string> dates_between(std::string_view from, std::string_view to)
{
    std::vector<std::string> dates;
    for (sys_days day = to_days(from), last = to_days(to); day <= last;
         day += std::chrono::days(1)) {
        dates.push_back(to_date(day));
    }
    return dates;
}

std::vector<std::string> months_between(std::string_view from, std::string_view to)
{
    using namespace std::chrono;
    const auto month_of = [](std::string_view text) {
        return year(number(text.substr(0, 4))) /
               month(static_cast<unsigned>(number(text.substr(5, 2))));
    };
    std::vector<std::string> result;
    for (year_month it = month_of(from), last = month_of(to); it <= last; it += months(1)) {
        result.push_back(to_date(sys_days(it / 1)).substr(0, 7));
    }
    return result;
}

}  // namespace mmx
