#include "lib/calendar.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <vector>

namespace mmx {
namespace {

Calendar calendar(std::string_view timezone)
{
    auto loaded = Calendar::load(timezone);
    EXPECT_TRUE(loaded) << timezone;
    return std::move(loaded).value();
}

// Seconds of `2026-11-22T00:00:00+08:00`, by the C library's calendar and not by ours.
std::int64_t at(const char* text)
{
    std::tm utc{};
    int hours = 0, minutes = 0;
    char sign = '+';
    EXPECT_EQ(std::sscanf(text, "%d-%d-%dT%d:%d:%d%c%d:%d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
                          &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &sign, &hours, &minutes),
              9)
        << text;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    const int offset = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return timegm(&utc) - offset;
}

struct Case {
    const char* zone;
    const char* date;
    const char* begin;
    const char* end;
    const char* month_end;
};

class Days : public testing::TestWithParam<Case> {};

TEST_P(Days, BeginAndEndToTheSecond)
{
    const Case& expected = GetParam();
    const Calendar zone = calendar(expected.zone);
    const std::int64_t begin = at(expected.begin), end = at(expected.end);
    std::vector<std::int64_t> times = {begin, begin + 1, end - 1};
    for (std::int64_t time = begin; time < end; time += 599) {
        times.push_back(time);
    }
    for (const std::int64_t time : times) {
        const QuotaDay day = zone.day_at(time);
        EXPECT_EQ(day.date, expected.date) << time - begin;
        EXPECT_EQ(day.month(), std::string_view(expected.date).substr(0, 7));
        EXPECT_EQ(day.begin, begin) << time - begin;
        EXPECT_EQ(day.end, end) << time - begin;
        EXPECT_EQ(day.month_end, at(expected.month_end));
        EXPECT_TRUE(day.contains(time));
    }
    const QuotaDay before = zone.day_at(begin - 1), after = zone.day_at(end);
    EXPECT_LT(before.date, expected.date);
    EXPECT_EQ(before.end, begin);
    EXPECT_GT(after.date, expected.date);
    EXPECT_EQ(after.begin, end);
    EXPECT_FALSE(before.contains(begin));
    EXPECT_TRUE(after.contains(end));
}

constexpr Case cases[] = {
    // Plain days, the month's and the year's last, leap days.
    {"Asia/Shanghai", "2026-11-22", "2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00",
     "2026-12-01T00:00:00+08:00"},
    {"Asia/Shanghai", "2026-11-30", "2026-11-30T00:00:00+08:00", "2026-12-01T00:00:00+08:00",
     "2026-12-01T00:00:00+08:00"},
    {"Asia/Shanghai", "2026-12-31", "2026-12-31T00:00:00+08:00", "2027-01-01T00:00:00+08:00",
     "2027-01-01T00:00:00+08:00"},
    {"UTC", "2028-02-28", "2028-02-28T00:00:00+00:00", "2028-02-29T00:00:00+00:00",
     "2028-03-01T00:00:00+00:00"},
    {"UTC", "2028-02-29", "2028-02-29T00:00:00+00:00", "2028-03-01T00:00:00+00:00",
     "2028-03-01T00:00:00+00:00"},
    {"UTC", "2026-02-28", "2026-02-28T00:00:00+00:00", "2026-03-01T00:00:00+00:00",
     "2026-03-01T00:00:00+00:00"},
    {"Asia/Kathmandu", "2026-06-15", "2026-06-15T00:00:00+05:45", "2026-06-16T00:00:00+05:45",
     "2026-07-01T00:00:00+05:45"},
    {"Pacific/Kiritimati", "2026-06-30", "2026-06-30T00:00:00+14:00", "2026-07-01T00:00:00+14:00",
     "2026-07-01T00:00:00+14:00"},
    // Days of 23 and 25 hours. All changes here are past: what rules say of later ones may change.
    {"America/New_York", "2024-03-10", "2024-03-10T00:00:00-05:00", "2024-03-11T00:00:00-04:00",
     "2024-04-01T00:00:00-04:00"},
    {"America/New_York", "2024-11-03", "2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00",
     "2024-12-01T00:00:00-05:00"},
    {"Europe/Berlin", "2025-03-30", "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00",
     "2025-04-01T00:00:00+02:00"},
    {"Europe/Berlin", "2025-10-26", "2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00",
     "2025-11-01T00:00:00+01:00"},
    {"Australia/Lord_Howe", "2024-04-07", "2024-04-07T00:00:00+11:00", "2024-04-08T00:00:00+10:30",
     "2024-05-01T00:00:00+10:30"},
    // Midnight is skipped: the day begins at one o'clock.
    {"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00",
     "2018-12-01T00:00:00-02:00"},
    {"America/Sao_Paulo", "2018-11-03", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00",
     "2018-12-01T00:00:00-02:00"},
    {"Asia/Beirut", "2022-03-27", "2022-03-27T01:00:00+03:00", "2022-03-28T00:00:00+03:00",
     "2022-04-01T00:00:00+03:00"},
    // Set back at midnight: the day before has 25 hours.
    {"America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00",
     "2018-03-01T00:00:00-03:00"},
    {"Asia/Beirut", "2022-10-29", "2022-10-29T00:00:00+03:00", "2022-10-30T00:00:00+02:00",
     "2022-11-01T00:00:00+02:00"},
    // Set back from one o'clock to midnight, which happens twice: the day begins with the first.
    {"America/Havana", "2024-11-03", "2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00",
     "2024-12-01T00:00:00-05:00"},
    {"Atlantic/Azores", "2024-10-27", "2024-10-27T00:00:00+00:00", "2024-10-28T00:00:00-01:00",
     "2024-11-01T00:00:00-01:00"},
    // Set back from 00:01 to 23:01 of the day before: the day that has begun goes on.
    {"America/St_Johns", "2010-11-06", "2010-11-06T00:00:00-02:30", "2010-11-07T00:00:00-02:30",
     "2010-12-01T00:00:00-03:30"},
    {"America/St_Johns", "2010-11-07", "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30",
     "2010-12-01T00:00:00-03:30"},
    // The whole 30th is skipped.
    {"Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00",
     "2012-01-01T00:00:00+14:00"},
    {"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00",
     "2012-01-01T00:00:00+14:00"},
    // The month's first midnight is skipped (Asuncion, 2017-10-01), or the month's last day is the
    // day of the change (Berlin, 2024-03-31).
    {"America/Asuncion", "2017-09-30", "2017-09-30T00:00:00-04:00", "2017-10-01T01:00:00-03:00",
     "2017-10-01T01:00:00-03:00"},
    {"Europe/Berlin", "2024-03-31", "2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+02:00",
     "2024-04-01T00:00:00+02:00"},
};

INSTANTIATE_TEST_SUITE_P(Calendar, Days, testing::ValuesIn(cases));

// Whatever a zone did to its clock, its days follow each other without a gap or an overlap.
TEST(Calendar, DaysTileTime)
{
    for (const char* name :
         {"Asia/Shanghai", "America/New_York", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut",
          "America/Havana", "America/St_Johns", "Pacific/Apia", "Africa/Cairo", "Asia/Gaza",
          "Antarctica/Troll", "Africa/Casablanca", "Pacific/Kwajalein", "America/Godthab"}) {
        const Calendar zone = calendar(name);
        QuotaDay day = zone.day_at(0);
        while (day.end < at("2037-12-31T00:00:00+00:00")) {
            const QuotaDay next = zone.day_at(day.end);
            ASSERT_EQ(next.begin, day.end) << name << " " << day.date;
            ASSERT_GT(next.date, day.date) << name;
            ASSERT_GT(next.end, next.begin) << name << " " << next.date;
            ASSERT_TRUE(is_date(next.date)) << next.date;
            ASSERT_EQ(zone.day_at(next.end - 1).date, next.date) << name;
            const bool month_turns = next.month() != day.month();
            ASSERT_EQ(day.end == day.month_end, month_turns) << name << " " << day.date;
            ASSERT_EQ(day.month_end == next.month_end, !month_turns) << name << " " << day.date;
            day = next;
        }
    }
}

TEST(Calendar, TimesOutOfRangeCountAsTheNearestInRange)
{
    const Calendar zone = calendar("Asia/Shanghai");
    for (const std::int64_t time : {std::int64_t{-1}, INT64_MIN}) {
        EXPECT_EQ(zone.day_at(time).date, "1970-01-01");
    }
    EXPECT_EQ(zone.day_at(INT64_MAX).date, "9999-01-01");
    EXPECT_EQ(calendar("America/New_York").day_at(0).date, "1969-12-31");
}

TEST(Calendar, LoadsNamesOfTheDatabaseOnly)
{
    EXPECT_EQ(calendar(default_timezone).timezone(), "Asia/Shanghai");
    using namespace std::string_literals;
    for (const std::string& name :
         {""s, "Nowhere/City"s, "asia/shanghai"s, "Asia"s, "Asia/"s, "/etc/localtime"s,
          "../../../etc/passwd"s, "Asia/../Asia/Shanghai"s, "Asia//Shanghai"s, "Asia/Shanghai\0"s,
          "zone.tab"s, "tzdata.zi"s, "iso3166.tab"s, "leapseconds"s, "right/Asia/Shanghai"s,
          "posix/Asia/Shanghai"s, "UTC+8"s, std::string(5000, 'A')}) {
        EXPECT_FALSE(Calendar::load(name)) << name;
    }
}

TEST(Calendar, LoadsAliases)
{
    const Calendar alias = calendar("PRC"), zone = calendar("Asia/Shanghai");
    EXPECT_EQ(alias.timezone(), "PRC");
    EXPECT_EQ(alias.day_at(1800000000).begin, zone.day_at(1800000000).begin);
}

TEST(Calendar, CanBeMoved)
{
    Calendar a = calendar("Asia/Shanghai");
    Calendar b = std::move(a);
    a = calendar("Europe/Berlin");
    EXPECT_EQ(b.timezone(), "Asia/Shanghai");
    b = std::move(a);
    EXPECT_EQ(b.timezone(), "Europe/Berlin");
}

TEST(Calendar, Iso8601HasTheZonesOffset)
{
    const Calendar shanghai = calendar("Asia/Shanghai");
    const Calendar new_york = calendar("America/New_York");
    for (const char* text : {"2026-11-22T00:00:00+08:00", "2026-12-31T23:59:59+08:00"}) {
        EXPECT_EQ(shanghai.iso8601(at(text)), text);
    }
    for (const char* text : {"2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00",
                             "2024-03-10T01:59:59-05:00", "2024-03-10T03:00:00-04:00"}) {
        EXPECT_EQ(new_york.iso8601(at(text)), text);
    }
    EXPECT_EQ(calendar("UTC").iso8601(0), "1970-01-01T00:00:00+00:00");
    EXPECT_EQ(calendar("Asia/Kathmandu").iso8601(1800000000), "2027-01-15T13:45:00+05:45");
}

TEST(Calendar, OffsetLabel)
{
    const std::int64_t winter = at("2024-01-15T00:00:00+00:00");
    const std::int64_t summer = at("2024-07-15T00:00:00+00:00");
    EXPECT_EQ(calendar("Asia/Shanghai").offset_label(winter), "UTC+8");
    EXPECT_EQ(calendar("America/St_Johns").offset_label(winter), "UTC-3:30");
    EXPECT_EQ(calendar("America/St_Johns").offset_label(summer), "UTC-2:30");
    EXPECT_EQ(calendar("Asia/Kathmandu").offset_label(winter), "UTC+5:45");
    EXPECT_EQ(calendar("Europe/London").offset_label(winter), "UTC");
    EXPECT_EQ(calendar("Europe/London").offset_label(summer), "UTC+1");
}

TEST(Dates, ThatExist)
{
    for (const char* text :
         {"2026-11-22", "2028-02-29", "2000-02-29", "2026-12-31", "0001-01-01", "9999-12-31"}) {
        EXPECT_TRUE(is_date(text)) << text;
    }
    for (const char* text :
         {"",           "2026",        "2026-11",     "2026-11-00", "2026-11-31",  "2026-00-10",
          "2026-13-01", "2026-02-29",  "1900-02-29",  "2026-11-2",  "2026-11-022", "2026/11/22",
          "20261122",   "2026-11-22 ", " 2026-11-22", "-026-11-22", "+026-11-22",  "2026--1-22",
          "2026-1a-22", "2026-11-2x"}) {
        EXPECT_FALSE(is_date(text)) << text;
    }
}

TEST(Months, ThatExist)
{
    for (int month = 0; month <= 99; ++month) {
        std::array<char, 16> text;
        std::snprintf(text.data(), text.size(), "2026-%02d", month);
        EXPECT_EQ(is_month(text.data()), month >= 1 && month <= 12) << month;
    }
    for (const char* text : {"", "2026", "2026-1", "2026-011", "2026/11", "x026-11", "2026-1x",
                             "2026-11-22", "-026-11"}) {
        EXPECT_FALSE(is_month(text)) << text;
    }
}

}  // namespace
}  // namespace mmx
