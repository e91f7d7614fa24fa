#include "store/key_removal.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "lib/redis_keys.hpp"
#include "store/detail.hpp"
#include "store/key_changes.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"
#include "store/views.hpp"

namespace mmx::admin {
namespace {

// Everything that has the keys' names, and their aliases'.
std::vector<Command> removal_commands(Store& store, const std::vector<Key>& keys,
                                      const Calendar& calendar, std::int64_t now)
{
    std::vector<KeyId> ids;
    std::ranges::transform(keys, std::back_inserter(ids), &Key::id);
    std::vector<Command> commands = search_commands(ids, SearchAction::remove);
    for (const Key& key : keys) {
        Command unlink{"UNLINK", redis_keys::record(key.id), redis_keys::about(key.id),
                       redis_keys::rights(key.id), redis_keys::flight(key.id)};
        for (const KeyId& earlier : Keys(store).old_ids(key)) {
            unlink.add(redis_keys::record(earlier)).add(redis_keys::flight(earlier));
        }
        for (const std::string& month : archive_months(calendar, key.created_at, now)) {
            unlink.add(redis_keys::archive(key.id, month));
        }
        commands.push_back(Command{"ZREM", redis_keys::index, key.id.view()});
        commands.push_back(unlink);
    }
    append(place_commands(ids, calendar.day_at(now), now), commands);
    return commands;
}

// With those that count for them.
std::vector<KeyId> all_ids(const std::vector<Key>& keys)
{
    std::vector<KeyId> ids;
    for (const Key& key : keys) {
        ids.push_back(key.id);
        ids.insert(ids.end(), key.rotated_from.begin(), key.rotated_from.end());
    }
    return ids;
}

std::string deletion_detail(const Key& key)
{
    return to_text({{"user", key.user},
                    {"hint", key.hint},
                    {"day", key.limits.day},
                    {"month", key.limits.month},
                    {"month_used", key.month_used}});
}

}  // namespace

void KeyRemoval::remove(const KeyId& id)
{
    store_.apply({redis_keys::rights(id), redis_keys::about(id)}, [&](std::int64_t time) {
        const Calendar calendar = load_calendar(store_);
        const Key key = Keys(store_).require(id, calendar.day_at(time));
        return Store::Change{removal_commands(store_, {key}, calendar, time),
                             {audit_entry("key.delete", id.view(), deletion_detail(key))},
                             all_ids({key})};
    });
}

std::vector<KeyId> KeyRemoval::remove_many(const std::vector<KeyId>& ids)
{
    return change_existing(store_, ids, [&](const std::vector<KeyId>& there, std::int64_t time) {
        const Calendar calendar = load_calendar(store_);
        const std::vector<Key> keys = Keys(store_).read(there, calendar.day_at(time));
        return Store::Change{removal_commands(store_, keys, calendar, time),
                             batch_entries("key.delete", there,
                                           [&](std::size_t begin, std::size_t count) {
                                               return batch_detail(
                                                   std::span(there).subspan(begin, count), {});
                                           }),
                             all_ids(keys)};
    });
}

}  // namespace mmx::admin
