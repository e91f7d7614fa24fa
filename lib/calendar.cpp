#include "lib/calendar.hpp"

// Debian builds the library so; without the definition its header describes another layout.
#define USE_OS_TZDB 1
#include <date/tz.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>

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

int digits_value(std::string_view text) noexcept
{
    const bool digits = text.find_first_not_of("0123456789") == text.npos;
    int value = -1;
    if (digits) {
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
    return value;
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

bool is_date(std::string_view text) noexcept
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    const int year = digits_value(text.substr(0, 4));
    const int month = digits_value(text.substr(5, 2));
    const int day = digits_value(text.substr(8, 2));
    return year >= 0 && month >= 0 && day >= 0 &&
           date::year_month_day{date::year{year}, date::month{static_cast<unsigned>(month)},
                                date::day{static_cast<unsigned>(day)}}
               .ok();
}

bool is_month(std::string_view text) noexcept
{
    if (text.size() != 7 || text[4] != '-' || digits_value(text.substr(0, 4)) < 0) {
        return false;
    }
    const int month = digits_value(text.substr(5, 2));
    return month >= 1 && month <= 12;
}

}  // namespace mmx
