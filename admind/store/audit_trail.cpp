#include "store/audit_trail.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::size_t batch = 500;  // entries read in one round trip

AuditEntry read_entry(const Reply& item)
{
    AuditEntry entry;
    entry.stream_id = item.elements.at(0).text;
    const std::vector<Reply>& fields = item.elements.at(1).elements;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const std::string& name = fields[i].text;
        const std::string& value = fields[i + 1].text;
        const std::pair<std::string_view, std::string*> texts[] = {
            {field::audit_actor, &entry.actor},   {field::audit_address, &entry.address},
            {field::audit_action, &entry.action}, {field::audit_object, &entry.object},
            {field::audit_detail, &entry.detail}, {field::audit_prev, &entry.prev},
            {field::audit_hash, &entry.hash},
        };
        for (const auto& [known, text] : texts) {
            if (name == known) {
                *text = value;
            }
        }
        if (name == field::audit_time) {
            entry.time = parse_limit(value).value_or(0);
        }
    }
    return entry;
}

// Whether the action is the one asked for, or one of the noun asked for.
bool is_action(std::string_view action, std::string_view wanted)
{
    return action.starts_with(wanted) &&
           (action.size() == wanted.size() || action[wanted.size()] == '.');
}

bool lets_through(const AuditFilter& filter, const AuditEntry& entry)
{
    return (filter.action.empty() || is_action(entry.action, filter.action)) &&
           (filter.actor.empty() || entry.actor == filter.actor) &&
           (filter.object.empty() || entry.object == filter.object);
}

}  // namespace

std::vector<AuditEntry> AuditTrail::newest(std::size_t limit)
{
    const Reply reply = store_.redis().call(
        Command{"XREVRANGE", redis_keys::audit, "+", "-", "COUNT", std::to_string(limit)});
    std::vector<AuditEntry> entries;
    std::ranges::transform(reply.elements, std::back_inserter(entries), read_entry);
    return entries;
}

AuditPage AuditTrail::page(const AuditFilter& filter)
{
    AuditPage page;
    std::string position = filter.before;
    for (std::size_t seen = 0; seen < audit_page_looked_at_max;) {
        const Reply reply = store_.redis().call(Command{"XREVRANGE", redis_keys::audit,
                                                        position.empty() ? "+" : position, "-",
                                                        "COUNT", std::to_string(batch)});
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
        if (reply.elements.size() < batch) {
            return page;
        }
    }
    page.next = position;
    return page;
}

AuditReport AuditTrail::verify()
{
    // The head is read first: entries that others append meanwhile come behind it.
    const std::string head =
        store_.redis().call(Command{"HGET", redis_keys::settings, field::audit_head}).text;
    AuditReport report;
    std::string prev, position = "-";
    bool head_seen = head.empty(), oldest_seen = true;
    while (report.fault.empty()) {
        const Reply reply = store_.redis().call(
            Command{"XRANGE", redis_keys::audit, position, "+", "COUNT", std::to_string(batch)});
        // Every batch but the first begins with the entry that ended the one before.
        const std::size_t begin = position == "-" ? 0 : 1;
        if (reply.elements.size() <= begin) {
            break;
        }
        for (std::size_t i = begin; i < reply.elements.size() && report.fault.empty(); i++) {
            const AuditEntry entry = read_entry(reply.elements[i]);
            if (entry.hash != audit_hash(store_.secrets().audit(), entry)) {
                report.fault = "entry " + entry.stream_id + " was altered";
            } else if (report.entries > 0 && entry.prev != prev) {
                report.fault = "entries are missing before " + entry.stream_id;
            }
            oldest_seen = oldest_seen && (report.entries > 0 || entry.prev.empty());
            head_seen = head_seen || entry.hash == head;
            prev = entry.hash;
            position = entry.stream_id;
            report.entries++;
        }
    }
    if (report.fault.empty() && !head_seen) {
        report.fault = "the newest entries are missing";
    }
    // The bound cuts the oldest only from a trail that is longer.
    if (report.fault.empty() && !oldest_seen && report.entries < audit_length_max) {
        report.fault = "the oldest entries are missing";
    }
    return report;
}

}  // namespace mmx::admin
