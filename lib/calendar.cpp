#include "lib/calendar.hpp"

// Debian builds the library so; without the definition its header describes another layout.
#define USE_OS_TZDB 1
#include <date/tz.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <sstream>

#include "lib/text.hpp"

namespace mmx {
namespace {

using std::chrono::seconds;

// Years 1970 to 9998: dates stay ten characters, and a day's end can still be computed.
constexpr std::int64_t time_max = 253370764799;

date::sys_seconds instant(std::int64_t time) noexcept
{
    return date::sys_seconds{seconds{std::clamp<std::int64_t>(time, 0, time_max)}};
}

// The first instant of a local day, also where midnight happens twice or is skipped. A day that is
// skipped whole (Apia, 2011-12-30) begins and ends where the next one begins. Since 1970 every gap
// that skipped a midnight has begun there; the gap's end would be right for others, too.
std::int64_t begin_of(const date::time_zone& rules, date::local_days day)
{
    const date::local_seconds midnight{day};
    const date::local_info info = rules.get_info(midnight);
    const date::sys_seconds begin =
        info.result == date::local_info::nonexistent
            ? info.first.end
            : date::sys_seconds{midnight.time_since_epoch() - info.first.offset};
    return begin.time_since_epoch().count();
}

date::local_days next_month(date::local_days day)
{
    const date::year_month_day ymd{day};
    const date::year_month next = ymd.year() / ymd.month() + date::months{1};
    return date::local_days{next / date::day{1}};
}

std::string date_text(date::local_days day)
{
    const date::year_month_day ymd{day};
    std::array<char, 32> text;
    const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", int{ymd.year()},
                                   unsigned{ymd.month()}, unsigned{ymd.day()});
    return {text.data(), static_cast<std::size_t>(size)};
}

// Whether text has a form in which each 0 stands for a digit: the library reads more than we say we
// accept, such as signs, blanks and years of two digits.
bool has_form(std::string_view text, std::string_view form) noexcept
{
    return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char wanted) {
        return wanted == '0' ? is_digit(c) : c == wanted;
    });
}

template <class Date>
std::optional<Date> read(std::string_view text, std::string_view form, const char* format)
{
    Date date;
    std::istringstream in{std::string(text)};
    if (!has_form(text, form) || !(in >> date::parse(format, date)) || !date.ok()) {
        return std::nullopt;
    }
    return date;
}

std::optional<date::year_month_day> read_date(std::string_view text)
{
    return read<date::year_month_day>(text, "0000-00-00", "%F");
}

}  // namespace

struct Calendar::Zone {
    std::string name;
    const date::time_zone* rules;  // lives as long as the program
};

Calendar::Calendar(std::unique_ptr<Zone> zone) noexcept : zone_(std::move(zone)) {}
Calendar::Calendar(Calendar&&) noexcept = default;
Calendar& Calendar::operator=(Calendar&&) noexcept = default;
Calendar::~Calendar() = default;

std::optional<Calendar> Calendar::load(std::string_view timezone)
{
    // locate_zone() looks the name up in its list of the folder's zones, which `right/` and
    // `posix/` are not among: no name can lead out of the folder, or to a clock that counts leap
    // seconds.
    try {
        const date::time_zone* rules = date::locate_zone(timezone);
        rules->get_info(date::sys_seconds{});  // reads the rules now, so that nothing throws later
        return Calendar(std::make_unique<Zone>(Zone{std::string(timezone), rules}));
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

const std::string& Calendar::timezone() const noexcept
{
    return zone_->name;
}

QuotaDay Calendar::day_at(std::int64_t time) const
{
    const date::time_zone& rules = *zone_->rules;
    const date::sys_seconds at = instant(time);
    const std::int64_t now = at.time_since_epoch().count();
    date::local_days day = date::floor<date::days>(rules.to_local(at));
    // A clock set back across midnight shows yesterday's date again: the day that has begun goes
    // on.
    while (begin_of(rules, day + date::days{1}) <= now) {
        day += date::days{1};
    }
    return {.date = date_text(day),
            .begin = begin_of(rules, day),
            .end = begin_of(rules, day + date::days{1}),
            .month_end = begin_of(rules, next_month(day))};
}

std::int64_t Calendar::time_of(std::string_view date, std::int64_t seconds) const
{
    const date::local_days day{read_date(date).value_or(date::year_month_day{})};
    const date::local_seconds local = day + std::chrono::seconds{seconds};
    return zone_->rules->to_sys(local, date::choose::earliest).time_since_epoch().count();
}

std::string Calendar::iso8601(std::int64_t time) const
{
    const date::sys_seconds at = instant(time);
    const auto offset = zone_->rules->get_info(at).offset.count();
    const auto local = zone_->rules->to_local(at);
    const date::local_days day = date::floor<date::days>(local);
    const auto second = (local - date::local_seconds{day}).count();
    const auto minutes = std::abs(offset) / 60;
    std::array<char, 64> text;
    const int size = std::snprintf(
        text.data(), text.size(), "T%02d:%02d:%02d%c%02d:%02d", static_cast<int>(second / 3600),
        static_cast<int>(second / 60 % 60), static_cast<int>(second % 60), offset < 0 ? '-' : '+',
        static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return date_text(day).append(text.data(), static_cast<std::size_t>(size));
}

std::string Calendar::offset_label(std::int64_t time) const
{
    const auto offset = zone_->rules->get_info(instant(time)).offset.count();
    const auto minutes = static_cast<int>(std::abs(offset) / 60);
    if (minutes == 0) {
        return "UTC";
    }
    std::array<char, 32> text;
    const int size = minutes % 60 == 0
                         ? std::snprintf(text.data(), text.size(), "UTC%c%d",
                                         offset < 0 ? '-' : '+', minutes / 60)
                         : std::snprintf(text.data(), text.size(), "UTC%c%d:%02d",
                                         offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return {text.data(), static_cast<std::size_t>(size)};
}

bool is_date(std::string_view text)
{
    return read_date(text).has_value();
}

bool is_month(std::string_view text)
{
    return read<date::year_month>(text, "0000-00", "%Y-%m").has_value();
}

}  // namespace mmx
