#include "lib/times.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

constexpr std::int64_t now = 1795363200;  // 2026-11-22T16:00:00Z

Calendar zone(std::string_view name)
{
    auto calendar = Calendar::load(name);
    EXPECT_TRUE(calendar) << name;
    return std::move(*calendar);
}

std::string expiry(std::string_view text, std::string_view timezone = "Asia/Shanghai")
{
    const Calendar calendar = zone(timezone);
    const auto time = parse_expiry(text, calendar, now);
    return time ? calendar.iso8601(*time) : "refused";
}

TEST(ParseSpan, TakesANumberWithAUnit)
{
    EXPECT_EQ(parse_span("0"), 0);
    EXPECT_EQ(parse_span("90s"), 90);
    EXPECT_EQ(parse_span("15m"), 900);
    EXPECT_EQ(parse_span("24h"), 86400);
    EXPECT_EQ(parse_span("3660d"), span_max);
    EXPECT_EQ(parse_span("0d"), 0);
    EXPECT_EQ(parse_span("007d"), 7 * 86400);
}

TEST(ParseSpan, TakesNothingElse)
{
    for (const char* text : {"", "d", "1", "-1d", "+1d", " 1d", "1 d", "1d ", "1.5h", "1D", "1w",
                             "3661d", "316224001s", "99999999999999999999d", "1dd"}) {
        EXPECT_FALSE(parse_span(text)) << text;
    }
}

TEST(ParseExpiry, OfADateIsTheEndOfThatDay)
{
    EXPECT_EQ(expiry("2026-12-31"), "2027-01-01T00:00:00+08:00");
    EXPECT_EQ(expiry("2028-02-29"), "2028-03-01T00:00:00+08:00");
    EXPECT_EQ(expiry("2026-11-01", "America/New_York"), "2026-11-02T00:00:00-05:00");
}

TEST(ParseExpiry, OfATimeIsThatOfTheZoneUnlessItSaysAnother)
{
    EXPECT_EQ(expiry("2026-12-31T18:00"), "2026-12-31T18:00:00+08:00");
    EXPECT_EQ(expiry("2026-12-31 18:00:30"), "2026-12-31T18:00:30+08:00");
    EXPECT_EQ(expiry("2026-12-31T18:00Z"), "2027-01-01T02:00:00+08:00");
    EXPECT_EQ(expiry("2026-12-31T18:00+08:00"), "2026-12-31T18:00:00+08:00");
    EXPECT_EQ(expiry("2026-12-31T18:00:30-03:30"), "2027-01-01T05:30:30+08:00");
    EXPECT_EQ(expiry("2026-12-31T23:59:59+23:59"), "2026-12-31T08:00:59+08:00");
}

TEST(ParseExpiry, OfASpanCountsFromNow)
{
    EXPECT_EQ(expiry("30d"), "2026-12-23T00:00:00+08:00");
    EXPECT_EQ(expiry("1s"), "2026-11-23T00:00:01+08:00");
    EXPECT_EQ(expiry("0d"), "refused");
    EXPECT_EQ(expiry("0"), "refused");
}

TEST(ParseExpiry, IsExactWhereClocksChange)
{
    // 2:30 does not exist on the 8th of March 2026: the moment at which clocks go on.
    EXPECT_EQ(expiry("2026-03-08T01:59", "America/New_York"), "2026-03-08T01:59:00-05:00");
    EXPECT_EQ(expiry("2026-03-08T02:30", "America/New_York"), "2026-03-08T03:00:00-04:00");
    EXPECT_EQ(expiry("2026-03-08T03:00", "America/New_York"), "2026-03-08T03:00:00-04:00");
    // 1:30 comes twice on the 1st of November: nothing is granted for longer than it must.
    EXPECT_EQ(expiry("2026-11-01T01:30", "America/New_York"), "2026-11-01T01:30:00-04:00");
    EXPECT_EQ(expiry("2026-11-01T01:30-05:00", "America/New_York"), "2026-11-01T01:30:00-05:00");
    // Midnight does not exist on the day on which summer began in Sao Paulo in 2018.
    EXPECT_EQ(expiry("2018-11-03", "America/Sao_Paulo"), "2018-11-04T01:00:00-02:00");
}

TEST(ParseExpiry, RefusesWhatDoesNotExistOrIsNotOfTheForm)
{
    for (const char* text : {"",
                             "tomorrow",
                             "2026-02-29",
                             "2026-02-30",
                             "2026-13-01",
                             "2026-00-10",
                             "26-12-31",
                             "+026-12-31",
                             "2026-1-01",
                             " 2026-12-31",
                             "2026-12-31 ",
                             "2026-12-31T",
                             "2026-12-31T24:00",
                             "2026-12-31T18:60",
                             "2026-12-31T18:00:60",
                             "2026-12-31T1:000",
                             "2026-12-31T18:00:3",
                             "2026-12-31T18:00z",
                             "2026-12-31T18:00+8:00",
                             "2026-12-31T18:00+0800",
                             "2026-12-31T18:00+24:00",
                             "2026-12-31T18:00+08:60",
                             "2026-12-31T18:00+08:00:00",
                             "2026-12-31T18:00 +08:00",
                             "2026-12-31T18:00x",
                             "2026-12-31t18:00",
                             "1970-01-01T08:00",
                             "1970-01-01T00:00Z",
                             "0001-01-01T00:00"}) {
        EXPECT_EQ(expiry(text), "refused") << text;
    }
}

TEST(DayOfDate, IsTheQuotaDayOfThatDate)
{
    EXPECT_EQ(day_of_date(zone("Asia/Shanghai"), "2026-11-22").begin, now - 16 * 3600 - 8 * 3600);
    for (const char* name : {"Pacific/Kiritimati", "Pacific/Niue", "America/Sao_Paulo", "UTC"}) {
        const Calendar calendar = zone(name);
        for (const std::string& date : dates_between("2018-10-30", "2018-11-10")) {
            EXPECT_EQ(day_of_date(calendar, date).date, date) << name;
        }
    }
    // Apia skipped this day whole.
    EXPECT_EQ(day_of_date(zone("Pacific/Apia"), "2011-12-30").date, "2011-12-31");
}

TEST(AddDays, KnowsTheCalendar)
{
    EXPECT_EQ(add_days("2026-12-31", 1), "2027-01-01");
    EXPECT_EQ(add_days("2028-02-28", 1), "2028-02-29");
    EXPECT_EQ(add_days("2026-03-01", -1), "2026-02-28");
    EXPECT_EQ(add_days("2000-01-01", 0), "2000-01-01");
    EXPECT_EQ(add_days("1970-01-01", -1), "1969-12-31");
}

TEST(DatesBetween, HoldsBothEnds)
{
    EXPECT_EQ(dates_between("2026-02-27", "2026-03-01"),
              (std::vector<std::string>{"2026-02-27", "2026-02-28", "2026-03-01"}));
    EXPECT_EQ(dates_between("2026-02-27", "2026-02-27").size(), 1U);
    EXPECT_TRUE(dates_between("2026-02-27", "2026-02-26").empty());
}

TEST(MonthsBetween, HoldsBothEnds)
{
    EXPECT_EQ(months_between("2026-11", "2027-02"),
              (std::vector<std::string>{"2026-11", "2026-12", "2027-01", "2027-02"}));
    EXPECT_EQ(months_between("2026-11", "2026-11").size(), 1U);
    EXPECT_TRUE(months_between("2026-11", "2026-10").empty());
}

}  // namespace
}  // namespace mmx
