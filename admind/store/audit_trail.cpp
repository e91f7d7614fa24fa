#include "store/audit_trail.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/redis_keys.hpp"
#include "trail/audit_chain.hpp"

namespace mmx::admin {
namespace {

constexpr int verify_attempts_max = 3;  // while others cut the trail at the same time

// Whether the action is the one asked for, or one of the noun asked for.
bool is_action(std::string_view action, std::string_view wanted)
{
    return action.starts_with(wanted) &&
           (action.size() == wanted.size() || action[wanted.size()] == '.');
}

std::string_view stream_of(AuditKind kind)
{
    return kind == AuditKind::changes ? redis_keys::audit : redis_keys::refusals;
}

bool lets_through(const AuditFilter& filter, const AuditEntry& entry)
{
    return (filter.action.empty() || is_action(entry.action, filter.action)) &&
           (filter.actor.empty() || entry.actor == filter.actor) &&
           (filter.object.empty() || entry.object == filter.object);
}

}  // namespace

std::vector<AuditEntry> AuditTrail::newest(std::size_t limit, AuditKind kind)
{
    const Reply reply = store_.redis().call(
        Command{"XREVRANGE", stream_of(kind), "+", "-", "COUNT", std::to_string(limit)});
    std::vector<AuditEntry> entries;
    std::ranges::transform(reply.elements, std::back_inserter(entries), read_entry);
    return entries;
}

AuditPage AuditTrail::page(const AuditFilter& filter)
{
    AuditPage page;
    std::string position = filter.before;
    for (std::size_t seen = 0; seen < audit_page_looked_at_max;) {
        const Reply reply = store_.redis().call(Command{"XREVRANGE", stream_of(filter.kind),
                                                        position.empty() ? "+" : position, "-",
                                                        "COUNT", std::to_string(audit_batch)});
        // An exclusive beginning is not known to every Redis: it is left out here.
        const bool again = !reply.elements.empty() && !position.empty() &&
                           reply.elements.front().elements.at(0).text == position;
        for (std::size_t i = again ? 1 : 0; i < reply.elements.size(); i++) {
            AuditEntry entry = read_entry(reply.elements[i]);
            if (page.entries.size() == filter.limit) {
                page.next = position;
                return page;
            }
            position = entry.stream_id;
            seen++;
            if (lets_through(filter, entry)) {
                page.entries.push_back(std::move(entry));
            }
        }
        if (reply.elements.size() < audit_batch) {
            return page;
        }
    }
    page.next = position;
    return page;
}

std::string AuditTrail::sealed_head()
{
    return store_.redis().call(Command{"GET", redis_keys::audit_head}).text;
}

AuditReport AuditTrail::verify(std::string_view since)
{
    for (int attempt = 1;; attempt++) {
        // Entries that others append from here on come behind the last of these.
        const std::vector<Reply> replies = store_.redis().pipeline(
            {Command{"GET", redis_keys::audit_head},
             Command{"HGET", redis_keys::settings, redis_keys::field::secret_check},
             Command{"XREVRANGE", redis_keys::audit, "+", "-", "COUNT", "1"}});
        const std::string& sealed = checked(replies[0]).text;
        const FoundHead found =
            find_head(store_.redis(), store_.secrets(), sealed, checked(replies[1]).text);
        const std::vector<Reply>& newest = checked(replies[2]).elements;
        AuditReport report =
            compare(found.head, newest.empty() ? "0-1" : newest.front().elements.at(0).text, since);
        if (found.state == FoundHead::State::lost) {
            report.fault = sealed.empty() ? "its head is missing" : "its head does not open";
        }
        // What was cut or appended while it was read is no fault of anybody's.
        if (report.fault.empty() || attempt == verify_attempts_max || sealed_head() == sealed) {
            return report;
        }
    }
}

AuditReport AuditTrail::compare(const AuditHead& head, const std::string& end,
                                std::string_view since)
{
    bool hash_seen = false, since_seen = since.empty() || since == head.before;
    const AuditChain chain = walk_chain(store_.redis(), AuditKeys(store_.secrets(), head.earlier),
                                        end, [&](const AuditEntry& entry) {
                                            hash_seen = hash_seen || entry.hash == head.hash;
                                            since_seen = since_seen || entry.hash == since;
                                        });
    AuditReport report{.entries = static_cast<std::size_t>(chain.entries),
                       .last = head.hash,
                       .first = head.first,
                       .fault = chain.fault};
    if (!report.fault.empty()) {
        return report;
    }
    if (chain.last != head.hash) {
        report.fault = hash_seen ? "its head is older than its newest entries"
                                 : "the newest entries are missing";
    } else if (chain.entries < head.kept() || (chain.entries > 0 && chain.before != head.before)) {
        report.fault = "the oldest entries are missing";
    } else if (chain.entries > head.kept()) {
        report.fault = "there are entries from before the first that is kept";
    } else if (head.doubtful >= head.first) {
        report.fault = "what stands before entry number " + std::to_string(head.doubtful) +
                       " is not vouched for: its head was lost, or did not fit, when that was "
                       "written";
    } else if (!since_seen) {
        report.fault = "no entry has the hash " + std::string(since) +
                       ": an older trail was put back, or the entry was cut (the first that is "
                       "kept is number " +
                       std::to_string(head.first) + ")";
    }
    return report;
}

}  // namespace mmx::admin
