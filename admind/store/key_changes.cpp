#include "store/key_changes.hpp"

#include <algorithm>
#include <iterator>

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

KeyRights rights_of(const NewKey& key)
{
    return {.enabled = true,
            .limits = key.limits,
            .expires_at = key.expires_at,
            .networks = key.networks,
            .user = key.user,
            .aliases = {}};
}

// Of what a key's record says only what is sealed counts: a change must not seal what somebody else
// wrote beside it.
void push_changes(Store& store, const Key& before, const KeyChange& change,
                  std::vector<Command>& commands)
{
    const KeyRights after = change.applied_to(Keys(store).rights_of(before));
    append(change_rights(store.secrets(), before.id, after), commands);
    if (change.note) {
        const std::string about = redis_keys::about(before.id);
        commands.push_back(change.note->empty()
                               ? Command{"HDEL", about, field::note}
                               : Command{"HSET", about, field::note, *change.note});
    }
}

std::vector<Command> change_commands(Store& store, const std::vector<Key>& keys,
                                     const KeyChange& change, const QuotaDay& at, std::int64_t now)
{
    std::vector<KeyId> ids;
    std::ranges::transform(keys, std::back_inserter(ids), &Key::id);
    const bool searched = change.user || change.note;
    std::vector<Command> commands;
    if (searched) {
        append(search_commands(ids, SearchAction::remove), commands);
    }
    for (const Key& key : keys) {
        push_changes(store, key, change, commands);
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
    std::vector<std::string> watched{index_name};
    std::ranges::transform(ids, std::back_inserter(watched), redis_keys::rights);
    store.apply(watched, [&](std::int64_t time) {
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
            const KeyRights rights = rights_of(key);
            change.commands.push_back(make_record(key.id, rights));
            change.commands.push_back(make_about(key, store_.secrets(), time));
            change.commands.push_back(keep_rights(store_.secrets(), key.id, rights));
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
    // Every change writes the rights, and every deletion the description; the record, which every
    // request of a busy key changes, is not watched.
    store_.apply({redis_keys::rights(id), redis_keys::about(id)}, [&](std::int64_t time) {
        const QuotaDay at = day_at(store_, time);
        const Key before = Keys(store_).require(id, at);
        if (require) {
            require(before);
        }
        return Store::Change{
            change_commands(store_, {before}, change, at, time),
            {audit_entry(action_of(change), id.view(), change_detail(before, change))},
            {id}};
    });
}

std::vector<KeyId> KeyChanges::change_many(const std::vector<KeyId>& ids, const KeyChange& change)
{
    return change_existing(store_, ids, [&](const std::vector<KeyId>& there, std::int64_t time) {
        const QuotaDay at = day_at(store_, time);
        return Store::Change{
            change_commands(store_, Keys(store_).read(there, at), change, at, time),
            batch_entries(action_of(change), there,
                          [&](std::size_t begin, std::size_t count) {
                              return batch_detail(std::span(there).subspan(begin, count), change);
                          }),
            there};
    });
}

}  // namespace mmx::admin
