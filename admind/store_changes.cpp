// The part of store.hpp that makes, changes and removes keys.

#include <algorithm>

#include "error.hpp"
#include "json.hpp"
#include "redis_keys.hpp"
#include "scripts.hpp"
#include "store.hpp"
#include "times.hpp"

namespace mmx {
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

// One entry for up to audit_ids_max keys, so that a batch does not push the trail's past out.
std::vector<AuditEntry> creation_entries(const std::vector<NewKey>& keys, std::string_view action)
{
    std::vector<AuditEntry> entries;
    for (std::size_t begin = 0; begin < keys.size(); begin += audit_ids_max) {
        const std::size_t count = std::min(audit_ids_max, keys.size() - begin);
        entries.push_back(audit_entry(action,
                                      count == 1 ? std::string(keys[begin].id.view())
                                                 : std::to_string(count) + " keys",
                                      creation_detail(std::span(keys).subspan(begin, count))));
    }
    return entries;
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

std::vector<Command> change_commands(const KeyId& id, const KeyChange& change)
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
    std::vector<Command> commands;
    for (const Command& command : {set_record, cut_record, set_about, cut_about}) {
        push_unless_bare(command, commands);
    }
    return commands;
}

// Every month a key made at that time may have an archive of. One more on either side: a gateway's
// clock may have been off.
std::vector<std::string> archive_months(const Calendar& calendar, const Key& key, std::int64_t now)
{
    const std::string first = calendar.day_at(std::min(key.created_at, now)).date;
    const std::string last = calendar.day_at(now).date;
    return months_between(add_days(first, -31).substr(0, 7), add_days(last, 31).substr(0, 7));
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

// A key as it stands, for a change that is being decided.
Key Store::require(const KeyId& id)
{
    const Calendar calendar = load_calendar(settings());
    auto key = find(id, calendar.day_at(now()));
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
        Change change{.commands = {}, .entries = creation_entries(keys, action)};
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
        return change;
    });
}

void Store::change(const KeyId& id, const KeyChange& change, std::string_view action)
{
    // The description is watched, not the record, which every request of a busy key changes.
    apply({redis_keys::about(id)}, [&](std::int64_t) {
        const Key before = require(id);
        return Change{change_commands(id, change),
                      {audit_entry(action, id.view(), key_change_detail(before, change))}};
    });
}

void Store::remove(const KeyId& id)
{
    apply({redis_keys::about(id)}, [&](std::int64_t time) {
        const Key key = require(id);
        const Calendar calendar = load_calendar(settings());
        Command unlink{"UNLINK", redis_keys::record(id), redis_keys::about(id),
                       redis_keys::flight(id)};
        for (const KeyId& earlier : key.rotated_from) {
            unlink.add(redis_keys::record(earlier)).add(redis_keys::flight(earlier));
        }
        for (const std::string& month : archive_months(calendar, key, time)) {
            unlink.add(redis_keys::archive(id, month));
        }
        return Change{{Command{"ZREM", redis_keys::index, id.view()}, unlink},
                      {audit_entry("key.delete", id.view(), deletion_detail(key))}};
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

void Store::rotate(const KeyId& id, const NewKey& replacement, std::int64_t grace)
{
    const auto replies = apply({redis_keys::about(id), index_name}, [&](std::int64_t time) {
        const Key key = require(id);
        if (!key.faults.empty()) {
            throw Error(ErrorCode::conflict, key.faults.front() + ": see `mmx-admind check`");
        }
        const Calendar calendar = load_calendar(settings());
        const auto months = archive_months(calendar, key, time);
        const KeyId& new_id = replacement.id;
        std::vector<std::string> names{redis_keys::record(id), redis_keys::record(new_id),
                                       redis_keys::about(id), redis_keys::about(new_id),
                                       index_name};
        for (const std::string& month : months) {
            names.push_back(redis_keys::archive(id, month));
            names.push_back(redis_keys::archive(new_id, month));
        }
        std::string earlier;
        const std::vector<bool> kept = taken(key.rotated_from);
        for (std::size_t i = 0; i < kept.size(); i++) {
            if (kept[i]) {
                names.push_back(redis_keys::record(key.rotated_from[i]));
                earlier += (earlier.empty() ? "" : ",") + std::string(key.rotated_from[i].view());
            }
        }
        Command eval{"EVAL", scripts::rotate, std::to_string(names.size())};
        for (const std::string& name : names) {
            eval.add(name);
        }
        eval.add(id.view(), new_id.view());
        eval.add(std::to_string(time), std::to_string(time + grace));
        eval.add(api_key_hint(replacement.api_key), secrets_.seal_key(new_id, replacement.api_key));
        eval.add(earlier, std::to_string(months.size()));
        return Change{
            {eval}, {audit_entry("key.rotate", id.view(), rotation_detail(new_id, time + grace))}};
    });
    if (replies.empty() || replies.front().integer != 1) {
        throw Error(ErrorCode::conflict,
                    "key " + std::string(id.view()) + " was changed meanwhile: look again");
    }
}

}  // namespace mmx
