// Limits, users, notes and dates as people type them.

#include "fuzz.hpp"
#include "lib/calendar.hpp"
#include "lib/limits.hpp"
#include "lib/text.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    if (const auto limit = mmx::parse_limit(text)) {
        mmx::fuzz::check(*limit >= 0 && *limit <= mmx::limit_max, "a limit beyond its bounds");
        const std::string spelled = std::to_string(*limit);
        mmx::fuzz::check(text.ends_with(spelled) &&
                             text.find_first_not_of('0') >= text.size() - spelled.size(),
                         "another number");
    }

    const bool user_fits = mmx::text_fault(text, mmx::user_length_max, false).empty();
    const bool note_fits = mmx::text_fault(text, mmx::note_length_max, true).empty();
    mmx::fuzz::check(!user_fits || note_fits, "a user that is no note");
    mmx::fuzz::check(!user_fits || text.find_first_of("\n\t\x7f") == text.npos,
                     "a user with control characters");

    mmx::fuzz::check(!mmx::is_date(text) || mmx::is_month(text.substr(0, 7)),
                     "a date without a month");
    return 0;
}
