#include "store/key_list.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <tuple>

#include "lib/redis_keys.hpp"
#include "lib/text.hpp"
#include "store/keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

// The members of a view that a filter means: those that begin with prefix, from a rank on.
struct Range {
    std::string view, prefix;
    std::int64_t first = 0;  // rank of the first member in the direction asked for
    std::int64_t size = 0;
};

Range range_of(RedisClient& redis, const KeyFilter& filter)
{
    Range range;
    range.view = view_name(filter.status, filter.user ? KeyOrder::user : filter.sort);
    const Command count{"ZCARD", range.view};
    if (!filter.user) {
        range.size = redis.call(count).integer;
        return range;
    }
    range.prefix = user_prefix(*filter.user);
    std::string end = range.prefix;
    end.back() = '\1';  // behind all that begins with the prefix, whose last byte is 0
    const std::vector<Reply> counts =
        redis.pipeline({count, Command{"ZLEXCOUNT", range.view, "-", "(" + range.prefix},
                        Command{"ZLEXCOUNT", range.view, "-", "(" + end}});
    const std::int64_t all = checked(counts[0]).integer, before = checked(counts[1]).integer,
                       through = checked(counts[2]).integer;
    range.first = filter.descending ? all - through : before;
    range.size = through - before;
    return range;
}

// Goes through a range batch by batch. What comes or goes before the place it has reached shows it
// no key twice and hides none.
class Walk {
public:
    Walk(RedisClient& redis, Range range, const KeyFilter& filter, std::size_t offset)
        : redis_(redis), range_(std::move(range)), descending_(filter.descending),
          next_(range_.first + static_cast<std::int64_t>(offset))
    {
    }

    std::vector<KeyId> next(std::size_t count)
    {
        if (!last_.empty()) {
            const Reply rank =
                redis_.call(Command{descending_ ? "ZREVRANK" : "ZRANK", range_.view, last_});
            next_ = rank.is_nil() ? next_ : rank.integer + 1;
        }
        const Reply members = redis_.call(
            Command{descending_ ? "ZREVRANGE" : "ZRANGE", range_.view, std::to_string(next_),
                    std::to_string(next_ + static_cast<std::int64_t>(count) - 1)});
        std::vector<KeyId> ids;
        for (const Reply& member : members.elements) {
            const auto id = id_of_member(member.text);
            if (!id || !member.text.starts_with(range_.prefix)) {
                break;
            }
            ids.push_back(*id);
            last_ = member.text;
            next_++;
        }
        return ids;
    }

private:
    RedisClient& redis_;
    Range range_;
    bool descending_;
    std::int64_t next_;  // rank in the direction
    std::string last_;   // the member before
};

bool contains(std::string_view text, std::string_view folded_part)
{
    return folded(text).find(folded_part) != std::string::npos;
}

// A search text that is no whole key, by the fields it may stand in.
bool is_found_in(const Key& key, std::string_view folded_part)
{
    return contains(key.id.view(), folded_part) || contains(key.hint, folded_part) ||
           contains(key.user, folded_part) || contains(key.note, folded_part);
}

bool stands_before(const Key& a, const Key& b, KeyOrder order)
{
    switch (order) {
    case KeyOrder::created:
        return std::tuple(a.created_at, a.id.view()) < std::tuple(b.created_at, b.id.view());
    case KeyOrder::user: return user_member(a) < user_member(b);
    case KeyOrder::today:
        return std::tuple(a.day_used, a.id.view()) < std::tuple(b.day_used, b.id.view());
    case KeyOrder::month:
        return std::tuple(a.month_used, a.id.view()) < std::tuple(b.month_used, b.id.view());
    }
    return false;
}

// Whether no view has these keys in this order.
bool needs_sorting(const KeyFilter& filter)
{
    return !filter.search.empty() ||
           (filter.user && (filter.sort == KeyOrder::today || filter.sort == KeyOrder::month));
}

struct Candidates {
    std::vector<KeyId> ids;
    bool truncated = false;
};

Candidates search(RedisClient& redis, std::string_view text)
{
    std::vector<Command> queries;
    for (const auto& range : {text_range(text), id_range(folded(text))}) {
        if (range) {
            queries.push_back(Command{"ZRANGEBYLEX", redis_keys::search, "[" + range->min,
                                      "(" + range->max, "LIMIT", "0",
                                      std::to_string(search_matches_max + 1)});
        }
    }
    Candidates candidates;
    std::set<std::string, std::less<>> seen;  // a key may be found by several of its words
    for (const Reply& entries : redis.pipeline(queries)) {
        const auto& found = checked(entries).elements;
        candidates.truncated |= found.size() > search_matches_max;
        for (const Reply& entry :
             std::span(found).first(std::min(found.size(), search_matches_max))) {
            const auto id = id_of_member(entry.text);
            if (id && seen.emplace(id->view()).second) {
                candidates.ids.push_back(*id);
            }
        }
    }
    return candidates;
}

}  // namespace

KeyPage KeyList::find_matches(const KeyFilter& filter, const QuotaDay& at, std::int64_t now)
{
    Candidates candidates;
    const bool whole_key = is_well_formed_api_key(filter.search);
    if (whole_key) {
        const KeyId id = store_.secrets().id(filter.search);
        const Reply alias =
            store_.redis().call(Command{"HGET", redis_keys::record(id), field::alias});
        candidates.ids.push_back(KeyId::parse(alias.text).value_or(id));
    } else if (!filter.search.empty()) {
        candidates = search(store_.redis(), filter.search);
    } else {
        const Range range = range_of(store_.redis(), filter);
        candidates.truncated = range.size > static_cast<std::int64_t>(search_matches_max);
        candidates.ids = Walk(store_.redis(), range, filter, 0).next(search_matches_max);
    }
    const std::string part = whole_key ? "" : folded(filter.search);
    KeyPage page;
    page.truncated = candidates.truncated;
    page.keys = Keys(store_).read_existing(candidates.ids, at);
    std::erase_if(page.keys, [&](const Key& key) {
        return (filter.user && *filter.user != key.user) ||
               (filter.status && *filter.status != key.status(now)) || !is_found_in(key, part);
    });
    std::ranges::sort(page.keys, [&](const Key& a, const Key& b) {
        return filter.descending ? stands_before(b, a, filter.sort)
                                 : stands_before(a, b, filter.sort);
    });
    page.total = page.keys.size();
    return page;
}

KeyPage KeyList::list(const KeyFilter& filter, const QuotaDay& at, std::int64_t now)
{
    if (needs_sorting(filter)) {
        KeyPage page = find_matches(filter, at, now);
        const auto begin = page.keys.begin();
        const std::size_t first = std::min(filter.offset, page.keys.size());
        const std::size_t count = std::min(filter.limit, page.keys.size() - first);
        page.keys.erase(begin + static_cast<std::ptrdiff_t>(first + count), page.keys.end());
        page.keys.erase(begin, begin + static_cast<std::ptrdiff_t>(first));
        return page;
    }
    KeyPage page;
    Range range = range_of(store_.redis(), filter);
    page.total = static_cast<std::size_t>(range.size);
    Walk walk(store_.redis(), std::move(range), filter, filter.offset);
    while (page.keys.size() < filter.limit) {
        const auto ids = walk.next(std::min(read_batch, filter.limit - page.keys.size()));
        if (ids.empty()) {
            break;
        }
        std::ranges::move(Keys(store_).read_existing(ids, at), std::back_inserter(page.keys));
    }
    return page;
}

bool KeyList::each_page(const KeyFilter& filter, const QuotaDay& at, std::int64_t now,
                        const std::function<bool(const std::vector<Key>& page)>& take)
{
    if (needs_sorting(filter)) {
        const KeyPage page = find_matches(filter, at, now);
        take(page.keys);
        return page.truncated;
    }
    Walk walk(store_.redis(), range_of(store_.redis(), filter), filter, 0);
    for (auto ids = walk.next(read_batch); !ids.empty(); ids = walk.next(read_batch)) {
        if (!take(Keys(store_).read_existing(ids, at))) {
            break;
        }
    }
    return false;
}

KeyCounts KeyList::counts()
{
    std::vector<Command> queries{Command{"ZCARD", redis_keys::index}};
    for (const KeyStatus status : key_statuses) {
        queries.push_back(Command{"ZCARD", view_name(status, KeyOrder::created)});
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    const auto count = [&](std::size_t i) {
        return static_cast<std::size_t>(checked(replies.at(i)).integer);
    };
    return {.total = count(0),
            .active = count(1),
            .disabled = count(2),
            .expired = count(3),
            .exhausted = count(4)};
}

std::vector<KeyId> KeyList::busiest(std::size_t count)
{
    const Reply reply =
        store_.redis().call(Command{"ZREVRANGEBYSCORE", view_name(std::nullopt, KeyOrder::today),
                                    "+inf", "(0", "LIMIT", "0", std::to_string(count)});
    std::vector<KeyId> ids;
    for (const Reply& member : reply.elements) {
        if (const auto id = id_of_member(member.text)) {
            ids.push_back(*id);
        }
    }
    return ids;
}

}  // namespace mmx::admin
