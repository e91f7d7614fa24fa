// The part of store.hpp that makes, changes and removes keys.

#include <algorithm>
#include <iterator>
#include <span>

#include "base/error.hpp"
#include "format/json.hpp"
#include "lib/redis_keys.hpp"
#include "store/store.hpp"

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

void append(std::vector<Command> more, std::vector<Command>& commands)
{
    std::ranges::move(more, std::back_inserter(commands));
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

}  // namespace

Calendar load_calendar(const Settings& settings)
{
    auto calendar = Calendar::load(settings.timezone);
    if (!calendar) {
        throw Error(ErrorCode::not_configured,
                    "this machine knows no time zone \"" + settings.timezone +
                        "\": install tzdata, or choose another with `mmx-admind settings set "
                        "--timezone`");
    }
    return std::move(*calendar);
}

QuotaDay Store::day_at(std::int64_t time)
{
    return load_calendar(settings()).day_at(time);
}

// A key as it stands, for a change that is being decided.
Key Store::require(const KeyId& id)
{
    auto key = find(id, day_at(now()));
    if (!key) {
        throw Error(ErrorCode::not_found, "there is no key " + std::string(id.view()));
    }
    return std::move(*key);
}

void Store::create(const std::vector<NewKey>& keys, std::string_view action)
{
    const std::vector<KeyId> ids = ids_of(keys);
    apply({index_name}, [&](std::int64_t time) {
        const std::vector<bool> exists = taken(ids);
        if (const auto at = std::ranges::find(exists, true); at != exists.end()) {
            throw Error(ErrorCode::conflict,
                        "key " +
                            std::string(ids[static_cast<std::size_t>(at - exists.begin())].view()) +
                            " exists already");
        }
        const std::string created_at = std::to_string(time);
        Change change{.commands = {},
                      .entries =
                          batch_entries(action, ids, [&](std::size_t begin, std::size_t count) {
                              return creation_detail(std::span(keys).subspan(begin, count));
                          })};
        for (const NewKey& key : keys) {
            change.commands.push_back(make_record(key));
            Command about{"HSET", redis_keys::about(key.id), field::user, key.user};
            about.add(field::hint, api_key_hint(key.api_key));
            about.add(field::sealed, secrets_.seal_key(key.id, key.api_key));
            about.add(field::created_at, created_at);
            if (!key.note.empty()) {
                about.add(field::note, key.note);
            }
            change.commands.push_back(about);
            change.commands.push_back(
                Command{"ZADD", redis_keys::index, created_at, key.id.view()});
        }
        append(search_commands(ids, SearchAction::add), change.commands);
        append(place_commands(ids, day_at(time), time), change.commands);
        return change;
    });
}

void Store::change(const KeyId& id, const KeyChange& change, std::string_view action)
{
    // The description is watched, not the record, which every request of a busy key changes.
    apply({redis_keys::about(id)}, [&](std::int64_t time) {
        const Key before = require(id);
        return Change{change_commands({id}, change, day_at(time), time),
                      {audit_entry(action, id.view(), key_change_detail(before, change))}};
    });
}

// Applies what build makes of those of the ids that exist; returns the others.
std::vector<KeyId> Store::change_existing(
    const std::vector<KeyId>& ids,
    const std::function<Change(const std::vector<KeyId>& there, std::int64_t now)>& build)
{
    if (ids.size() > change_batch_max) {
        throw Error(ErrorCode::invalid_argument,
                    "at most " + std::to_string(change_batch_max) + " keys at once");
    }
    std::vector<KeyId> missing;
    apply({index_name}, [&](std::int64_t time) {
        std::vector<KeyId> there;
        missing.clear();
        const std::vector<std::size_t> gone = absent(ids);
        for (std::size_t i = 0; i < ids.size(); i++) {
            const bool is_there = !std::ranges::binary_search(gone, i);
            std::vector<KeyId>& list = is_there ? there : missing;
            if (std::ranges::find(list, ids[i]) == list.end()) {
                list.push_back(ids[i]);
            }
        }
        return there.empty() ? Change{} : build(there, time);
    });
    return missing;
}

std::vector<KeyId> Store::change_many(const std::vector<KeyId>& ids, const KeyChange& change,
                                      std::string_view action)
{
    return change_existing(ids, [&](const std::vector<KeyId>& there, std::int64_t time) {
        return Change{change_commands(there, change, day_at(time), time),
                      batch_entries(action, there, [&](std::size_t begin, std::size_t count) {
                          return batch_detail(std::span(there).subspan(begin, count), change);
                      })};
    });
}

std::string Store::open(const KeyId& id)
{
    const Reply sealed = redis_.call(Command{"HGET", redis_keys::about(id), field::sealed});
    std::string api_key = secrets_.open_key(id, sealed.text);
    if (secrets_.id(api_key) != id) {
        wipe(api_key);
        throw Error(ErrorCode::sealed_value,
                    "the sealed key of " + std::string(id.view()) + " has another id");
    }
    return api_key;
}

std::string Store::reveal(const KeyId& id)
{
    std::string api_key = open(id);
    apply({}, [&](std::int64_t) {
        return Change{{}, {audit_entry("key.reveal", id.view(), "{}")}};
    });
    return api_key;
}

}  // namespace mmx::admin
