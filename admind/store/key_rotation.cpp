#include "store/key_rotation.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "lib/redis_keys.hpp"
#include "lib/scripts/scripts.hpp"
#include "store/detail.hpp"
#include "store/keys.hpp"
#include "store/new_keys.hpp"
#include "store/settings.hpp"
#include "store/views.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t place_of_script = 1;  // behind the removal of what finds the old key

std::string listed(const std::vector<KeyId>& ids)
{
    std::string list;
    for (const KeyId& id : ids) {
        list.append(list.empty() ? "" : ",").append(id.view());
    }
    return list;
}

// Of a key's old ids those whose record is still kept. Of one that was not sealed yet its record
// says until when.
std::vector<KeyAlias> kept_of(Store& store, const Key& key)
{
    const std::vector<KeyId> old = Keys(store).old_ids(key);
    const std::vector<bool> taken = Keys(store).taken(old);
    std::vector<KeyAlias> kept;
    for (std::size_t i = 0; i < taken.size(); i++) {
        if (taken[i]) {
            kept.push_back(Keys(store).alias_of(key, old[i]));
        }
    }
    return kept;
}

std::vector<KeyId> ids_of(const std::vector<KeyAlias>& aliases)
{
    std::vector<KeyId> ids;
    std::ranges::transform(aliases, std::back_inserter(ids), &KeyAlias::id);
    return ids;
}

// In the order that rotate.lua expects.
std::vector<std::string> names_of(const KeyId& id, const KeyId& new_id,
                                  const std::vector<std::string>& months,
                                  const std::vector<KeyId>& earlier)
{
    std::vector<std::string> names{redis_keys::record(id), redis_keys::record(new_id),
                                   redis_keys::about(id), redis_keys::about(new_id),
                                   std::string(redis_keys::index)};
    for (const std::string& month : months) {
        names.push_back(redis_keys::archive(id, month));
        names.push_back(redis_keys::archive(new_id, month));
    }
    for (const KeyId& old : earlier) {
        names.push_back(redis_keys::record(old));
    }
    return names;
}

}  // namespace

Store::Change KeyRotation::decide(const KeyId& id, const NewKey& replacement, std::int64_t grace,
                                  std::int64_t now)
{
    const Calendar calendar = load_calendar(store_);
    const QuotaDay today = calendar.day_at(now);
    const Key key = Keys(store_).require(id, today);
    if (!key.faults.empty()) {
        throw Error(ErrorCode::conflict, key.faults.front() + ": see `mmx-admind check`");
    }
    KeyRights rights = Keys(store_).rights_of(key);
    if (!key.rights && !rights.enabled) {
        throw Error(ErrorCode::conflict, "what had been set of the key is gone: see `mmx-admind "
                                         "check`, and set it anew");
    }
    const std::vector<std::string> months = archive_months(calendar, key.created_at, now);
    const std::vector<KeyAlias> aliases = kept_of(store_, key);
    const std::vector<KeyId> earlier = ids_of(aliases);
    const KeyId& new_id = replacement.id;
    const std::int64_t until = now + grace;
    const std::vector<std::string> names = names_of(id, new_id, months, earlier);
    Command eval{"EVAL", scripts::rotate, std::to_string(names.size())};
    for (const std::string& name : names) {
        eval.add(name);
    }
    eval.add(id.view(), new_id.view());
    eval.add(std::to_string(now), std::to_string(until));
    eval.add(api_key_hint(replacement.api_key.view()),
             store_.secrets().seal_key(new_id, replacement.api_key.view()));
    eval.add(listed(earlier), std::to_string(months.size()));
    std::vector<Command> commands = search_commands({id}, SearchAction::remove);
    commands.push_back(eval);
    rights.aliases = aliases;
    rights.aliases.push_back({.id = id, .until = until});
    commands.push_back(keep_rights(store_.secrets(), new_id, rights));
    commands.push_back(Command{"UNLINK", redis_keys::rights(id)});
    append(search_commands({id, new_id}, SearchAction::add), commands);
    append(place_commands({id, new_id}, today, now), commands);
    std::vector<KeyId> called_back = earlier;
    called_back.push_back(id);
    return {commands,
            {audit_entry("key.rotate", id.view(),
                         to_text({{"new_id", new_id.view()}, {"until", until}}))},
            called_back};
}

RotatedKey KeyRotation::rotate(const KeyId& id, std::int64_t grace)
{
    RotatedKey rotated;
    rotated.key = make_replacement(store_.secrets());
    const std::vector<Reply> replies = store_.apply(
        {redis_keys::rights(id), redis_keys::about(id), std::string(redis_keys::index)},
        [&](std::int64_t time) { return decide(id, rotated.key, grace, time); });
    if (replies.size() <= place_of_script || replies[place_of_script].integer != 1) {
        throw Error(ErrorCode::conflict,
                    "key " + std::string(id.view()) + " was changed meanwhile: look again");
    }
    const auto standing =
        Keys(store_).find(rotated.key.id, load_calendar(store_).day_at(store_.now()));
    if (!standing) {
        throw Error(ErrorCode::conflict, "the key was deleted meanwhile");
    }
    rotated.key.user = standing->user;
    rotated.until = standing->rotated_until;
    return rotated;
}

}  // namespace mmx::admin
