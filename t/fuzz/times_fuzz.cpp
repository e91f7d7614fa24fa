// Expiries and spans as people type them: in range or refused, and a time that was understood is
// understood again in the form that we print it in.

#include "fuzz.hpp"
#include "lib/times.hpp"

namespace {

constexpr std::int64_t now = 1795363200;
constexpr std::int64_t year_9998 = 253370764799;  // beyond it the calendar stands still

void check_dates(std::string_view text)
{
    if (!mmx::is_date(text) || text < "1970-01-02" || text > "9990-12-31") {
        return;
    }
    const auto calendar = mmx::Calendar::load("Asia/Shanghai");
    mmx::fuzz::check(mmx::day_of_date(*calendar, text).date == text, "another day");
    const std::string later = mmx::add_days(text, 400);
    mmx::fuzz::check(mmx::add_days(later, -400) == text, "days do not add up");
    mmx::fuzz::check(mmx::dates_between(text, later).size() == 401, "dates are missing");
    const auto months = mmx::months_between(text.substr(0, 7), later.substr(0, 7));
    mmx::fuzz::check(months.size() == 14 || months.size() == 15, "months are missing");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    if (const auto span = mmx::parse_span(text)) {
        mmx::fuzz::check(*span >= 0 && *span <= mmx::span_max, "a span out of range");
    }
    check_dates(text);
    for (const char* zone : {"Asia/Shanghai", "America/Sao_Paulo"}) {
        const auto calendar = mmx::Calendar::load(zone);
        const auto expiry = mmx::parse_expiry(text, *calendar, now);
        if (!expiry) {
            continue;
        }
        mmx::fuzz::check(*expiry > 0, "an expiry that means never");
        if (*expiry < year_9998) {
            const auto again = mmx::parse_expiry(calendar->iso8601(*expiry), *calendar, now);
            mmx::fuzz::check(again == expiry, "another time");
        }
    }
    return 0;
}
