#include "store/key_guard.hpp"

#include <algorithm>
#include <string>

#include "base/json.hpp"
#include "base/log.hpp"
#include "lib/redis_keys.hpp"
#include "store/detail.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"
#include "store/views.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

bool agrees(const Key& key)
{
    return key.rights && !key.altered;
}

// Of what somebody else wrote, what can be said of it without repeating it.
void tell(const KeyId& id, std::string_view what)
{
    log_line("key " + std::string(id.view()) + ": " + std::string(what) +
             ": somebody else wrote to Redis (see `mmx-admind audit` and `mmx-admind check`)");
}

Json rights_json(const KeyRights& rights)
{
    return {{"enabled", rights.enabled},    {"day", rights.limits.day},
            {"month", rights.limits.month}, {"expires_at", rights.expires_at},
            {"networks", rights.networks},  {"user", rights.user}};
}

// Of a key whose sealed rights are gone nobody knows what it may do.
KeyRights without_leave(const Key& key)
{
    KeyRights rights = key.recorded();
    rights.enabled = false;
    return rights;
}

}  // namespace

void KeyGuard::verify(const std::vector<KeyId>& ids, const QuotaDay& today)
{
    const std::vector<std::size_t> unlisted = Keys(store_).absent(ids);
    const std::vector<Key> keys = Keys(store_).read(ids, today);
    for (std::size_t i = 0; i < keys.size(); i++) {
        if (std::ranges::binary_search(unlisted, i)) {
            verify_unlisted(ids[i]);
        } else if (!agrees(keys[i])) {
            restore(keys[i]);
        }
    }
}

void KeyGuard::sweep(std::size_t& at)
{
    const std::vector<KeyId> ids = Keys(store_).ids(at, sweep_batch);
    if (!ids.empty()) {
        verify(ids, load_calendar(store_).day_at(store_.now()));
    }
    at = ids.size() < sweep_batch ? 0 : at + ids.size();
}

// Looked at again under watch: a change by people writes both, at once.
void KeyGuard::restore(const Key& seen)
{
    const KeyId& id = seen.id;
    std::string done;
    store_.apply({redis_keys::rights(id), redis_keys::about(id)}, [&](std::int64_t now) {
        done.clear();
        const QuotaDay at = load_calendar(store_).day_at(now);
        const auto key = Keys(store_).find(id, at);
        const bool is_nothing = key && !key->rights && key->created_at == 0;  // of a list alone
        if (!key || agrees(*key) || is_nothing) {
            return Store::Change{};
        }
        const KeyRights rights = key->rights ? *key->rights : without_leave(*key);
        done = key->rights ? "its record was set back to what had been set"
                           : "what had been set is gone, it is switched off until it is set anew";
        Store::Change change{
            .commands = search_commands({id}, SearchAction::remove),
            .entries = {audit_entry("key.repair", id.view(),
                                    to_text({{"found", rights_json(key->recorded())},
                                             {"set", rights_json(rights)},
                                             {"sealed", key->rights.has_value()}}))}};
        append(change_rights(store_.secrets(), id, rights), change.commands);
        append(search_commands({id}, SearchAction::add), change.commands);
        append(place_commands({id}, at, now), change.commands);
        return change;
    });
    if (!done.empty()) {
        tell(id, done);
    }
}

// An id in no list is an old one, in grace, of a key that says so; else it is nobody's.
void KeyGuard::verify_unlisted(const KeyId& id)
{
    const std::vector<Reply> record =
        store_.redis()
            .call(Command{"HMGET", redis_keys::record(id), field::state, field::alias,
                          field::expires_at})
            .elements;
    if (record.at(0).is_nil()) {
        return;
    }
    const auto target = KeyId::parse(record.at(1).text);
    const bool is_alias = record[0].text == state_rotated && target;
    if (!is_alias || !has_alias(*target, id, record.at(2).text)) {
        take_away(id);
    }
}

bool KeyGuard::has_alias(const KeyId& target, const KeyId& old, std::string_view until)
{
    const Reply sealed = store_.redis().call(Command{"GET", redis_keys::rights(target)});
    const auto rights = open_rights(store_.secrets(), target, sealed.text);
    return rights && std::ranges::any_of(rights->aliases, [&](const KeyAlias& alias) {
               return alias.id == old && std::to_string(alias.until) == until;
           });
}

void KeyGuard::take_away(const KeyId& id)
{
    bool taken = false;
    store_.apply({std::string(redis_keys::index)}, [&](std::int64_t) {
        taken = Keys(store_).absent({id}).size() == 1;
        return taken
                   ? Store::Change{{Command{"UNLINK", redis_keys::record(id), redis_keys::about(id),
                                            redis_keys::rights(id), redis_keys::flight(id)}},
                                   {audit_entry("key.repair", id.view(),
                                                to_text({{"unlisted", true}}))}}
                   : Store::Change{};
    });
    if (taken) {
        tell(id, "nobody made it, or not so: it was taken away");
    }
}

}  // namespace mmx::admin
