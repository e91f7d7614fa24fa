// The part of store.hpp that reads usage and the audit trail.

#include <algorithm>

#include "error.hpp"
#include "redis_keys.hpp"
#include "store.hpp"
#include "times.hpp"

namespace mmx {
namespace {

namespace field = redis_keys::field;

using Days = std::map<std::string, Figures, std::less<>>;

// Of an HMGET of all figures, the first of which stands at values[at].
Figures read_figures(const std::vector<Reply>& values, std::size_t at)
{
    Figures figures;
    for (std::size_t i = 0; i < figures.counts.size(); i++) {
        figures.counts[i] = parse_limit(values.at(at + i).text).value_or(0);
    }
    return figures;
}

// Adds an archive's days, given as HGETALL's names and values, but for the live day: what stands
// archived of that one is older than the record.
void add_archive(const Reply& archive, std::string_view month, std::string_view live, Days& days)
{
    for (std::size_t i = 0; i + 1 < archive.elements.size(); i += 2) {
        const std::string_view name = archive.elements[i].text;
        const auto figure = figure_index(name.substr(std::min<std::size_t>(3, name.size())));
        if (name.size() < 4 || name[2] != '.' || !figure) {
            continue;  // the month's own sums
        }
        const std::string date = std::string(month) + "-" + std::string(name.substr(0, 2));
        const auto day = days.find(date);
        if (day != days.end() && date != live) {
            day->second.counts[*figure] += parse_limit(archive.elements[i + 1].text).value_or(0);
        }
    }
}

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

}  // namespace

void Store::add_usage(const KeyId& id, const std::vector<std::string>& months, Days& days)
{
    Command record{"HMGET", redis_keys::record(id), field::live_day};
    for (const std::string_view figure : redis_keys::figures) {
        record.add(std::string(field::day_prefix) + std::string(figure));
    }
    std::vector<Command> queries{record};
    for (const std::string& month : months) {
        queries.push_back(Command{"HGETALL", redis_keys::archive(id, month)});
    }
    const std::vector<Reply> replies = redis_.pipeline(queries);
    const std::vector<Reply>& live = checked(replies.front()).elements;
    const std::string& date = live.at(0).text;
    if (const auto day = days.find(date); day != days.end()) {
        day->second += read_figures(live, 1);
    }
    for (std::size_t m = 0; m < months.size(); m++) {
        add_archive(checked(replies.at(1 + m)), months[m], date, days);
    }
}

// All keys together, those deleted since among them: a hash a day, whatever the number of keys.
void Store::add_totals(Days& days)
{
    std::vector<Command> queries;
    for (const auto& [date, figures] : days) {
        Command total{"HMGET", redis_keys::total(date)};
        for (const std::string_view figure : redis_keys::figures) {
            total.add(figure);
        }
        queries.push_back(total);
    }
    const std::vector<Reply> replies = redis_.pipeline(queries);
    std::size_t at = 0;
    for (auto& [date, figures] : days) {
        figures = read_figures(checked(replies.at(at++)).elements, 0);
    }
}

std::vector<DayUsage> Store::usage(const std::optional<KeyId>& id, std::string_view from,
                                   std::string_view to)
{
    Days days;
    for (std::string& date : dates_between(from, to)) {
        days.emplace(std::move(date), Figures{});
    }
    if (id) {
        add_usage(*id, months_between(from.substr(0, 7), to.substr(0, 7)), days);
    } else {
        add_totals(days);
    }
    std::vector<DayUsage> usage;
    for (auto& [date, figures] : days) {
        usage.push_back({date, figures});
    }
    return usage;
}

std::vector<AuditEntry> Store::audit(std::size_t limit)
{
    const Reply reply = redis_.call(
        Command{"XREVRANGE", redis_keys::audit, "+", "-", "COUNT", std::to_string(limit)});
    std::vector<AuditEntry> entries;
    std::ranges::transform(reply.elements, std::back_inserter(entries), read_entry);
    return entries;
}

AuditReport Store::verify_audit()
{
    // The head is read first: entries that others append meanwhile come behind it.
    const std::string head = settings().audit_head;
    AuditReport report;
    std::string prev, position = "-";
    bool head_seen = head.empty(), oldest_seen = true;
    while (report.fault.empty()) {
        const Reply reply = redis_.call(Command{"XRANGE", redis_keys::audit, position, "+", "COUNT",
                                                std::to_string(read_batch)});
        // Every batch but the first begins with the entry that ended the one before.
        const std::size_t begin = position == "-" ? 0 : 1;
        if (reply.elements.size() <= begin) {
            break;
        }
        for (std::size_t i = begin; i < reply.elements.size() && report.fault.empty(); i++) {
            const AuditEntry entry = read_entry(reply.elements[i]);
            if (entry.hash != audit_hash(secrets_.audit(), entry)) {
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

}  // namespace mmx
