#include "store/account_refusals.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"
#include "lib/text.hpp"
#include "lib/times.hpp"

namespace mmx::admin {
namespace {

constexpr int status_max = 999, code_max = 99999;

struct Kind {
    std::int64_t count = 0, first = 0, last = 0;
};

using Kinds = std::map<std::pair<int, int>, Kind>;  // by status and code

bool drop_suffix(std::string_view& text, std::string_view suffix)
{
    if (!text.ends_with(suffix)) {
        return false;
    }
    text.remove_suffix(suffix.size());
    return true;
}

// One field of a total; what is no tally of an account is passed over.
void add_field(std::string_view name, std::int64_t value, Kinds& kinds)
{
    if (!name.starts_with(redis_keys::account_prefix)) {
        return;
    }
    name.remove_prefix(redis_keys::account_prefix.size());
    const bool is_first = drop_suffix(name, redis_keys::tally_first);
    const bool is_last = !is_first && drop_suffix(name, redis_keys::tally_last);
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) {
        return;
    }
    const auto status = parse_digits<int>(name.substr(0, colon), 1, status_max);
    const auto code = parse_digits<int>(name.substr(colon + 1), 0, code_max);
    if (status && code) {
        Kind& kind = kinds[{*status, *code}];
        (is_first ? kind.first : is_last ? kind.last : kind.count) = value;
    }
}

Kinds read_kinds(const Reply& total)
{
    Kinds kinds;
    for (std::size_t i = 0; i + 1 < total.elements.size(); i += 2) {
        add_field(total.elements[i].text, parse_limit(total.elements[i + 1].text).value_or(0),
                  kinds);
    }
    return kinds;
}

// Refusals of a key say nothing of the one that took its place.
bool is_of_replaced_key(int status, const Kind& kind, const Settings& settings)
{
    constexpr int unauthorized = 401, forbidden = 403;
    return (status == unauthorized || status == forbidden) &&
           settings.master_updated_at > kind.last;
}

}  // namespace

std::optional<AccountRefusals> read_account_refusals(RedisClient& redis, const QuotaDay& today,
                                                     const Settings& settings)
{
    const std::vector<Reply> replies =
        redis.pipeline({Command{"HGETALL", redis_keys::total(today.date)},
                        Command{"HGETALL", redis_keys::total(add_days(today.date, -1))}});
    AccountRefusals refusals;
    const Kinds of_today = read_kinds(checked_or_nil(replies.at(0)));
    for (const auto& [of, kind] : of_today) {
        refusals.count += kind.count;
    }
    for (const Kinds& kinds : {of_today, read_kinds(checked_or_nil(replies.at(1)))}) {
        for (const auto& [of, kind] : kinds) {
            if (kind.last > refusals.last && !is_of_replaced_key(of.first, kind, settings)) {
                refusals.status = of.first;
                refusals.code = of.second;
                refusals.first = kind.first;
                refusals.last = kind.last;
            }
        }
    }
    return refusals.last == 0 ? std::nullopt : std::optional(refusals);
}

}  // namespace mmx::admin
