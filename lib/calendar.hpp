#pragma once

// Quota days and months: calendar dates of the deployment's time zone, from Redis' clock.
//
// Time is a parameter everywhere: seconds since 1970-01-01T00:00:00Z. The rules of a zone come
// from the system's tz database through Debian's date library, which reads them once per zone.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mmx {

inline constexpr std::string_view default_timezone = "Asia/Shanghai";

// One quota day and where it ends. Valid for begin <= time < end.
struct QuotaDay {
    std::string date;        // `2026-11-22`; the first seven characters name the month
    std::int64_t begin;      // first second of the day
    std::int64_t end;        // first second of the next day: when the day's limit resets
    std::int64_t month_end;  // first second of the next month: when the month's limit resets

    std::string_view month() const noexcept { return std::string_view(date).substr(0, 7); }
    bool contains(std::int64_t time) const noexcept { return begin <= time && time < end; }
};

class Calendar {
public:
    // A zone of the tz database by its IANA name, or nothing when there is none of that name. A
    // name that could leave the database's folder is never opened.
    static std::optional<Calendar> load(std::string_view timezone);

    Calendar(Calendar&&) noexcept;
    Calendar& operator=(Calendar&&) noexcept;
    ~Calendar();

    const std::string& timezone() const noexcept;

    // The quota day that time falls in. A day begins at its first existing instant, also where a
    // clock change skips or repeats midnight. Times outside 1970 to 9998 count as the nearest in.
    QuotaDay day_at(std::int64_t time) const;

    // The time at which a clock of the zone shows the date, of the form that is_date() accepts, and
    // so many seconds after midnight. Of two, where it is set back, the earlier; where it skips
    // that time, the moment at which it does.
    std::int64_t time_of(std::string_view date, std::int64_t seconds) const;

    // `2026-11-22T00:00:00+08:00`, for messages and JSON.
    std::string iso8601(std::int64_t time) const;

    // `UTC+8`, `UTC-3:30`, `UTC`: the zone's offset at that time, for messages to people.
    std::string offset_label(std::int64_t time) const;

private:
    struct Zone;
    explicit Calendar(std::unique_ptr<Zone> zone) noexcept;
    std::unique_ptr<Zone> zone_;
};

// True for a date of the form `2026-11-22` that exists; true for a month `2026-11`.
bool is_date(std::string_view text);
bool is_month(std::string_view text);

}  // namespace mmx
