#include "store/key_changes.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "lib/redis_keys.hpp"
#include "store/detail.hpp"
#include "store/keys.hpp"
#include "store/new_keys.hpp"
#include "store/settings.hpp"
#include "store/views.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

const std::string index_name(redis_keys::index);

// The order of the fields matters: Redis searches a small hash from the front, and these are what
// every admission reads. Only what is set is written; the counters are the commit script's.
Command make_record(const NewKey& key)
{
    Command command{"HSET", redis_keys::record(key.id), field::state, state_active};
    command.add(field::day, std::to_string(key.limits.day));
    command.add(field::month, std::to_string(key.limits.month));
    if (key.expires_at != 0) {
        command.add(field::expires_at, std::to_string(key.expires_at));
    }
    if (!key.networks.empty()) {
        command.add(field::networks, key.networks);
    }
    return command;
}

Command make_about(const NewKey& key, const Secrets& secrets, std::int64_t now)
{
    Command command{"HSET", redis_keys::about(key.id), field::user, key.user};
    command.add(field::hint, api_key_hint(key.api_key.view()));
    command.add(field::sealed, secrets.seal_key(key.id, key.api_key.view()));
    command.add(field::created_at, std::to_string(now));
    if (!key.note.empty()) {
        command.add(field::note, key.note);
    }
    return command;
}

// Sets a field to a value, or removes it where the value says that there is nothing to say.
void set_or_clear(std::string_view name, std::string_view value, bool clear, Command& set,
                  Command& remove)
{
    if (clear) {
        remove.add(name);
        return;
    }
    set.add(name, value);
}

void push_unless_bare(const Command& command, std::vector<Command>& commands)
{
    constexpr std::size_t bare = 2;  // the command and the key's name
    if (command.words().size() > bare) {
        commands.push_back(command);
    }
}

void push_changes(const KeyId& id, const KeyChange& change, std::vector<Command>& commands)
{
    Command set_record{"HSET", redis_keys::record(id)}, cut_record{"HDEL", redis_keys::record(id)};
    if (change.enabled) {
        set_record.add(field::state, *change.enabled ? state_active : state_disabled);
    }
    if (change.day) {
        set_record.add(field::day, std::to_string(*change.day));
    }
    if (change.month) {
        set_record.add(field::month, std::to_string(*change.month));
    }
    if (change.expires_at) {
        set_or_clear(field::expires_at, std::to_string(*change.expires_at), *change.expires_at == 0,
                     set_record, cut_record);
    }
    if (change.networks) {
        set_or_clear(field::networks, *change.networks, change.networks->empty(), set_record,
                     cut_record);
    }
    Command set_about{"HSET", redis_keys::about(id)}, cut_about{"HDEL", redis_keys::about(id)};
    if (change.user) {
        set_about.add(field::user, *change.user);
    }
    if (change.note) {
        set_or_clear(field::note, *change.note, change.note->empty(), set_about, cut_about);
    }
    for (const Command& command : {set_record, cut_record, set_about, cut_about}) {
        push_unless_bare(command, commands);
    }
}

std::vector<Command> change_commands(const std::vector<KeyId>& ids, const KeyChange& change,
                                     const QuotaDay& at, std::int64_t now)
{
    const bool searched = change.user || change.note;
    std::vector<Command> commands;
    if (searched) {
        append(search_commands(ids, SearchAction::remove), commands);
    }
    for (const KeyId& id : ids) {
        push_changes(id, change, commands);
    }
    if (searched) {
        append(search_commands(ids, SearchAction::add), commands);
    }
    append(place_commands(ids, at, now), commands);
    return commands;
}

Json changed_members(const Key& before, const KeyChange& change)
{
    Json json = Json::object();
    put_change(json, "enabled", before.enabled, change.enabled);
    put_change(json, "day", before.limits.day, change.day);
    put_change(json, "month", before.limits.month, change.month);
    put_change(json, "expires_at", before.expires_at, change.expires_at);
    put_change(json, "networks", before.networks, change.networks);
    put_change(json, "user", before.user, change.user);
    put_change(json, "note", before.note, change.note);
    return json;
}

// Switching is told as what people did; all else is setting.
std::string_view action_of(const KeyChange& change)
{
    KeyChange others = change;
    others.enabled.reset();
    if (!others.is_empty() || !change.enabled) {
        return "key.set";
    }
    return *change.enabled ? "key.enable" : "key.disable";
}

QuotaDay day_at(Store& store, std::int64_t time)
{
    return load_calendar(store).day_at(time);
}

void require_none_taken(Store& store, const std::vector<KeyId>& ids)
{
    const std::vector<bool> taken = Keys(store).taken(ids);
    if (const auto at = std::ranges::find(taken, true); at != taken.end()) {
        const KeyId& id = ids[static_cast<std::size_t>(at - taken.begin())];
        throw Error(ErrorCode::conflict, "key " + std::string(id.view()) + " exists already");
    }
}

}  // namespace

std::string creation_detail(std::span<const NewKey> keys)
{
    const NewKey& first = keys.front();
    if (keys.size() == 1) {
        return to_text(
            {{"user", first.user}, {"day", first.limits.day}, {"month", first.limits.month}});
    }
    return to_text({{"user", first.user}, {"ids", ids_json(ids_of(keys))}});
}

std::string change_detail(const Key& before, const KeyChange& change)
{
    return to_text(changed_members(before, change));
}

std::string batch_detail(std::span<const KeyId> ids, const KeyChange& change)
{
    Json json = without_before(changed_members({}, change));
    json["ids"] = ids_json(ids);
    return to_text(json);
}

std::vector<KeyId> change_existing(
    Store& store, const std::vector<KeyId>& ids,
    const std::function<Store::Change(const std::vector<KeyId>& there, std::int64_t now)>& build)
{
    if (ids.size() > change_batch_max) {
        throw Error(ErrorCode::invalid_argument,
                    "at most " + std::to_string(change_batch_max) + " keys at once");
    }
    std::vector<KeyId> missing;
    store.apply({index_name}, [&](std::int64_t time) {
        std::vector<KeyId> there;
        missing.clear();
        const std::vector<std::size_t> gone = Keys(store).absent(ids);
        for (std::size_t i = 0; i < ids.size(); i++) {
            const bool is_there = !std::ranges::binary_search(gone, i);
            std::vector<KeyId>& list = is_there ? there : missing;
            if (std::ranges::find(list, ids[i]) == list.end()) {
                list.push_back(ids[i]);
            }
        }
        return there.empty() ? Store::Change{} : build(there, time);
    });
    return missing;
}

std::vector<NewKey> KeyChanges::create(const KeyChange& wanted, std::size_t count)
{
    const Limits defaults = read_settings(store_).defaults;
    std::vector<NewKey> keys = make_new_keys(store_.secrets(), wanted, defaults, count);
    add(keys, "key.create");
    return keys;
}

void KeyChanges::import(const std::vector<NewKey>& keys)
{
    add(keys, "key.import");
}

void KeyChanges::add(const std::vector<NewKey>& keys, std::string_view action)
{
    const std::vector<KeyId> ids = ids_of(keys);
    store_.apply({index_name}, [&](std::int64_t time) {
        require_none_taken(store_, ids);
        Store::Change change{
            .commands = {},
            .entries = batch_entries(action, ids, [&](std::size_t begin, std::size_t count) {
                return creation_detail(std::span(keys).subspan(begin, count));
            })};
        for (const NewKey& key : keys) {
            change.commands.push_back(make_record(key));
            change.commands.push_back(make_about(key, store_.secrets(), time));
            change.commands.push_back(
                Command{"ZADD", redis_keys::index, std::to_string(time), key.id.view()});
        }
        append(search_commands(ids, SearchAction::add), change.commands);
        append(place_commands(ids, day_at(store_, time), time), change.commands);
        return change;
    });
}

void KeyChanges::change(const KeyId& id, const KeyChange& change,
                        const std::function<void(const Key&)>& require)
{
    // The description is watched, not the record, which every request of a busy key changes.
    store_.apply({redis_keys::about(id)}, [&](std::int64_t time) {
        const QuotaDay at = day_at(store_, time);
        const Key before = Keys(store_).require(id, at);
        if (require) {
            require(before);
        }
        return Store::Change{
            change_commands({id}, change, at, time),
            {audit_entry(action_of(change), id.view(), change_detail(before, change))}};
    });
}

std::vector<KeyId> KeyChanges::change_many(const std::vector<KeyId>& ids, const KeyChange& change)
{
    return change_existing(store_, ids, [&](const std::vector<KeyId>& there, std::int64_t time) {
        return Store::Change{
            change_commands(there, change, day_at(store_, time), time),
            batch_entries(action_of(change), there, [&](std::size_t begin, std::size_t count) {
                return batch_detail(std::span(there).subspan(begin, count), change);
            })};
    });
}

}  // namespace mmx::admin
