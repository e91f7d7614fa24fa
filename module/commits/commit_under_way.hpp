#pragma once

// A key's commit from the moment it is formed until its outcome is known. It is sent again,
// word for word and under the same number, for as long as that takes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/list.hpp"
#include "base/settings.hpp"
#include "commits/admission.hpp"
#include "lib/calendar.hpp"
#include "lib/commit.hpp"
#include "lib/settlements.hpp"

namespace mmx::gate {

class CommitUnderWay {
public:
    bool outstanding = false;  // formed, its outcome not known
    bool sent = false;         // a reply is owed
    bool again = false;        // it may have run already
    bool verifying = false;    // it asks for the network list in force, and can grant nothing
    bool about = false;        // it notes the time of use and asks for the user
    bool stale = false;        // credit was called back since it was sent first
    int error_replies = 0, unreadable_replies = 0;

    std::uint64_t sequence = 0;
    std::uint64_t sent_us = 0;        // monotonic
    std::uint64_t first_sent_us = 0;  // the same, of its first sending
    std::uint32_t asked = 0;          // admissions that count
    bool checking = false;  // some ask, counting or not: the key's state and networks matter
    QuotaDay day{};
    std::int64_t now = 0;     // seconds of Redis' clock
    List<Admission> members;  // those of its admissions whose requests are still there
    Settlements settlements;
    Settlements returned;                        // credit given back, of any day
    std::int64_t ask = 0, closes = 0, loan = 0;  // see Commit
    std::uint64_t since = 0;                     // the same

    // Takes up what a new commit carries, out of the three lists. archived_month: one that Redis
    // asked for in its answer to the last commit, or empty.
    void form(std::uint64_t number, const QuotaDay& today, std::int64_t time,
              List<Admission>& waiting, Settlements& due, Settlements& back,
              std::string_view archived_month);

    // Appends the command.
    void append(std::string& out, std::string_view verb, std::string_view script, const KeyId& id,
                std::string_view worker_field, std::string_view networks,
                const Settings& settings) const;

    // Its outcome is known.
    void close() noexcept { outstanding = again = false; }

private:
    void name_month(std::string_view month);
    void name_months(const Settlements& settled);

    std::vector<std::string> months_;  // archives to name among KEYS
};

// The date of a quota day, as settlements carry it.
Date date_of(const QuotaDay& day) noexcept;

}  // namespace mmx::gate
