#include "store/views.hpp"

#include <algorithm>
#include <iterator>

#include "lib/encoding.hpp"
#include "lib/redis_keys.hpp"
#include "lib/scripts/scripts.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view ellipsis = "\u2026";  // of a key's hint
constexpr std::string_view key_start = "mmx-";   // all keys begin so: nobody is found by it
constexpr char id_mark = '\1';                   // begins the entries that ids are found by

// In the order that place.lua expects.
constexpr KeyOrder orders[] = {KeyOrder::created, KeyOrder::user, KeyOrder::today, KeyOrder::month};

bool is_continuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// An entry begins at every such byte that no letter or digit stands before.
bool begins_entry(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           static_cast<unsigned char>(byte) >= 0xc0U;
}

template <typename Build>
std::vector<Command> in_batches(const std::vector<KeyId>& ids, const Build& build)
{
    std::vector<Command> commands;
    for (std::size_t begin = 0; begin < ids.size(); begin += place_batch) {
        const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
        const std::size_t count = std::min(place_batch, ids.size() - begin);
        commands.push_back(
            build(std::vector<KeyId>(first, first + static_cast<std::ptrdiff_t>(count))));
    }
    return commands;
}

Command place_command(const std::vector<KeyId>& ids, const QuotaDay& at, std::int64_t now)
{
    std::vector<std::string> names = {
        std::string(redis_keys::index), std::string(redis_keys::placed),
        std::string(redis_keys::expiry), std::string(redis_keys::touched),
        std::string(redis_keys::views)};
    for (const KeyOrder order : {KeyOrder::user, KeyOrder::today, KeyOrder::month}) {
        names.push_back(view_name(std::nullopt, order));
    }
    for (const KeyStatus status : key_statuses) {
        for (const KeyOrder order : orders) {
            names.push_back(view_name(status, order));
        }
    }
    for (const KeyId& id : ids) {
        names.push_back(redis_keys::record(id));
        names.push_back(redis_keys::about(id));
        names.push_back(redis_keys::archive(id, at.month()));
    }
    Command eval{"EVAL", scripts::place, std::to_string(names.size())};
    for (const std::string& name : names) {
        eval.add(name);
    }
    eval.add(std::to_string(now)).add(at.date);
    for (const KeyId& id : ids) {
        eval.add(id.view());
    }
    return eval;
}

}  // namespace

std::string_view order_name(KeyOrder order) noexcept
{
    switch (order) {
    case KeyOrder::created: return "created";
    case KeyOrder::user: return "user";
    case KeyOrder::today: return "today";
    case KeyOrder::month: return "month";
    }
    return "";
}

std::optional<KeyOrder> parse_order(std::string_view name) noexcept
{
    const auto* const found = std::ranges::find(orders, name, order_name);
    return found == std::end(orders) ? std::nullopt : std::optional(*found);
}

std::string view_name(std::optional<KeyStatus> status, KeyOrder order)
{
    if (!status && order == KeyOrder::created) {
        return std::string(redis_keys::index);
    }
    return redis_keys::view(status ? status_name(*status) : "all", order_name(order));
}

std::vector<std::string> view_names()
{
    std::vector<std::string> names = {std::string(redis_keys::placed),
                                      std::string(redis_keys::expiry),
                                      std::string(redis_keys::search)};
    for (const KeyOrder order : orders) {
        if (order != KeyOrder::created) {
            names.push_back(view_name(std::nullopt, order));
        }
        for (const KeyStatus status : key_statuses) {
            names.push_back(view_name(status, order));
        }
    }
    return names;
}

std::string user_prefix(std::string_view user)
{
    std::string folded_user = folded(user);
    std::ranges::replace(folded_user, '\0', ' ');
    std::string prefix = folded_user;
    prefix += '\0';
    if (folded_user != user) {
        prefix += user;
    }
    return prefix + '\0';
}

std::string user_member(const Key& key)
{
    constexpr std::size_t digits = 10;
    std::string created = std::to_string(key.created_at);
    created.insert(0, digits - std::min(digits, created.size()), '0');
    return user_prefix(key.user) + created + '\0' + std::string(key.id.view());
}

std::optional<KeyId> id_of_member(std::string_view member)
{
    constexpr std::size_t digits = 32;
    return member.size() < digits ? std::nullopt
                                  : KeyId::parse(member.substr(member.size() - digits));
}

std::vector<Command> place_commands(const std::vector<KeyId>& ids, const QuotaDay& at,
                                    std::int64_t now)
{
    return in_batches(
        ids, [&](const std::vector<KeyId>& batch) { return place_command(batch, at, now); });
}

std::vector<Command> search_commands(const std::vector<KeyId>& ids, SearchAction action)
{
    return in_batches(ids, [&](const std::vector<KeyId>& batch) {
        Command eval{"EVAL", scripts::search, std::to_string(batch.size() + 2), redis_keys::search,
                     redis_keys::index};
        for (const KeyId& id : batch) {
            eval.add(redis_keys::about(id));
        }
        eval.add(action == SearchAction::add ? "add" : "remove");
        eval.add(std::to_string(search_text_max), std::to_string(search_entries_max));
        for (const KeyId& id : batch) {
            eval.add(id.view());
        }
        return eval;
    });
}

std::optional<EntryRange> text_range(std::string_view text)
{
    std::string start = folded(text);
    if (start.starts_with(key_start)) {
        start.erase(0, key_start.size());
    }
    if (start.starts_with(ellipsis)) {
        start.erase(0, ellipsis.size());
    }
    start.erase(start.begin(), std::ranges::find_if(start, begins_entry));
    if (start.size() > search_text_max) {
        std::size_t stop = search_text_max;
        while (stop > 0 && is_continuation(start[stop])) {
            stop--;
        }
        start.resize(stop);
    }
    if (start.empty()) {
        return std::nullopt;
    }
    return EntryRange{start, start + '\xff'};
}

std::optional<EntryRange> id_range(std::string_view beginning)
{
    constexpr std::size_t digits = 32;
    if (beginning.empty() || beginning.size() > digits || !is_hex(beginning)) {
        return std::nullopt;
    }
    const std::string start = id_mark + std::string(beginning);
    return EntryRange{start, start + '\xff'};
}

}  // namespace mmx::admin
