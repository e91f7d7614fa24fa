#include "commits/commit_under_way.hpp"

#include <algorithm>

namespace mmx::gate {
namespace {

// Never a network list, so Redis answers it with the list that is in force.
constexpr std::string_view which_networks = "?";
// Of a commit that admits nobody: settlements are taken whatever the key's state.
constexpr std::string_view no_networks = "-";

}  // namespace

void CommitUnderWay::form(std::uint64_t number, const QuotaDay& today, std::int64_t time,
                          List<Admission>& waiting, Settlements& due, Settlements& back,
                          std::string_view archived_month)
{
    outstanding = true;
    again = verifying = about = stale = false;
    error_replies = unreadable_replies = 0;
    first_sent_us = 0;
    sequence = number;
    day = today;
    now = time;

    asked = 0;
    std::uint32_t taken = 0;
    for (Admission* first; taken < commit_asked_max && (first = waiting.front()); ++taken) {
        asked += first->counts ? 1 : 0;
        members.push_back(first->in_key_commits);
    }
    checking = taken > 0 || ask > 0;
    settlements = due.take();
    returned = back.take();

    months_.clear();
    name_months(settlements);
    name_months(returned);
    if (!archived_month.empty()) {
        name_month(archived_month);
        name_month(day.month());
    }
}

void CommitUnderWay::append(std::string& out, std::string_view verb, std::string_view script,
                            const KeyId& id, std::string_view worker_field,
                            std::string_view networks, const Settings& settings) const
{
    // What is given back of today has its own place in the command, which costs less.
    std::int64_t back = 0;
    std::vector<Settlement> of_other_days;
    for (const Settlement& settlement : returned.all()) {
        if (view(settlement.date) == day.date) {
            back -= settlement[Figure::requests];
        } else {
            of_other_days.push_back(settlement);
        }
    }
    append_commit(out, verb, script,
                  {.id = id,
                   .worker_field = worker_field,
                   .sequence = sequence,
                   .date = day.date,
                   .now = now,
                   .asked = asked,
                   .again = again,
                   .about = about,
                   .networks = !checking   ? no_networks
                               : verifying ? which_networks
                                           : networks,
                   .ask = ask,
                   .back = back,
                   .closes = closes,
                   .loan = loan,
                   .since = since,
                   .retention = settings.retention_seconds(),
                   .refund_bound = settings.refund_bound(),
                   .archive_months = months_,
                   .settlements = settlements.all(),
                   .returned = of_other_days});
}

void CommitUnderWay::name_months(const Settlements& settled)
{
    for (const Settlement& settlement : settled.all()) {
        if (view(settlement.date) != day.date) {
            name_month(view(settlement.date).substr(0, 7));
        }
    }
}

void CommitUnderWay::name_month(std::string_view month)
{
    if (std::find(months_.begin(), months_.end(), month) == months_.end()) {
        months_.emplace_back(month);
    }
}

Date date_of(const QuotaDay& day) noexcept
{
    Date date{};
    std::copy_n(day.date.begin(), std::min(day.date.size(), date.size()), date.begin());
    return date;
}

}  // namespace mmx::gate
