#include "store/usage.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "lib/commit.hpp"
#include "lib/limits.hpp"
#include "lib/times.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

struct Counts {
    Figures figures;
    std::map<std::string, std::int64_t> denied_by;
};

using Days = std::map<std::string, Counts, std::less<>>;

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
            day->second.figures.counts[*figure] +=
                parse_limit(archive.elements[i + 1].text).value_or(0);
        }
    }
}

void add_key(RedisClient& redis, const KeyId& id, const std::vector<std::string>& months,
             Days& days)
{
    Command record{"HMGET", redis_keys::record(id), field::live_day};
    for (const std::string_view figure : redis_keys::figures) {
        record.add(std::string(field::day_prefix) + std::string(figure));
    }
    record.add(field::credit);
    std::vector<Command> queries{record};
    for (const std::string& month : months) {
        queries.push_back(Command{"HGETALL", redis_keys::archive(id, month)});
    }
    const std::vector<Reply> replies = redis.pipeline(queries);
    std::string date;
    if (!is_of_another_kind(replies.front())) {
        const std::vector<Reply>& live = checked(replies.front()).elements;
        date = live.at(0).text;
        if (const auto day = days.find(date); day != days.end()) {
            Figures figures = read_figures(live, 1);
            std::int64_t& requests = figures.counts[0];
            requests = std::max<std::int64_t>(requests - credit_out(live.back().text), 0);
            day->second.figures += figures;
        }
    }
    for (std::size_t m = 0; m < months.size(); m++) {
        add_archive(checked_or_nil(replies.at(1 + m)), months[m], date, days);
    }
}

// Of a total given as HGETALL's names and values.
Counts read_total(const Reply& total)
{
    Counts counts;
    for (std::size_t i = 0; i + 1 < total.elements.size(); i += 2) {
        std::string_view name = total.elements[i].text;
        const std::int64_t value = parse_limit(total.elements[i + 1].text).value_or(0);
        if (const auto figure = figure_index(name)) {
            counts.figures.counts[*figure] = value;
        } else if (name.starts_with(redis_keys::denied_prefix) && value > 0) {
            name.remove_prefix(redis_keys::denied_prefix.size());
            counts.denied_by.emplace(name, value);
        }
    }
    return counts;
}

// All keys together, those deleted since among them: a hash a day, whatever the number of keys.
void add_totals(RedisClient& redis, Days& days)
{
    std::vector<Command> queries;
    for (const auto& [date, counts] : days) {
        queries.push_back(Command{"HGETALL", redis_keys::total(date)});
    }
    const std::vector<Reply> replies = redis.pipeline(queries);
    std::size_t at = 0;
    for (auto& [date, counts] : days) {
        counts = read_total(checked_or_nil(replies.at(at++)));
    }
}

}  // namespace

Figures& Figures::operator+=(const Figures& other) noexcept
{
    for (std::size_t i = 0; i < counts.size(); i++) {
        counts[i] += other.counts[i];
    }
    return *this;
}

std::optional<std::size_t> figure_index(std::string_view name) noexcept
{
    const auto* const found = std::ranges::find(redis_keys::figures, name);
    if (found == std::end(redis_keys::figures)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - std::begin(redis_keys::figures));
}

std::vector<DayUsage> Usage::days(const std::optional<KeyId>& id, std::string_view from,
                                  std::string_view to)
{
    Days days;
    for (std::string& date : dates_between(from, to)) {
        days.emplace(std::move(date), Counts{});
    }
    if (id) {
        add_key(store_.redis(), *id, months_between(from.substr(0, 7), to.substr(0, 7)), days);
    } else {
        add_totals(store_.redis(), days);
    }
    std::vector<DayUsage> usage;
    for (auto& [date, counts] : days) {
        usage.push_back({date, counts.figures, std::move(counts.denied_by)});
    }
    return usage;
}

}  // namespace mmx::admin
