#include "store/key_guard.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <string>

#include "base/json.hpp"
#include "base/log.hpp"
#include "lib/limits.hpp"
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
    return key.rights && !key.altered && key.strange.empty();
}

// Of what somebody else wrote, what can be said of it without repeating it.
void log(const KeyId& id, std::string_view what)
{
    log_repair("key " + std::string(id.view()) + ": " + std::string(what) +
               ": somebody else wrote to Redis (see `mmx-admind audit` and `mmx-admind check`)");
}

Json rights_json(const KeyRights& rights)
{
    return {{"enabled", rights.enabled},    {"day", rights.limits.day},
            {"month", rights.limits.month}, {"expires_at", rights.expires_at},
            {"networks", rights.networks},  {"user", rights.user}};
}

Command unlink_strange(const Key& key)
{
    Command unlink{"UNLINK"};
    for (const std::string& name : key.strange) {
        unlink.add(name);
    }
    return unlink;
}

}  // namespace

void KeyGuard::verify(const std::vector<KeyId>& ids, const QuotaDay& today)
{
    const std::vector<std::size_t> unlisted = Keys(store_).absent(ids);
    const std::vector<Key> keys = Keys(store_).read(ids, today);
    std::vector<KeyId> nobodys;
    for (std::size_t i = 0; i < keys.size(); i++) {
        if (!std::ranges::binary_search(unlisted, i)) {
            if (!agrees(keys[i])) {
                restore(keys[i]);
            }
        } else if (is_nobodys(ids[i])) {
            nobodys.push_back(ids[i]);
        }
    }
    take_away(nobodys);
}

void KeyGuard::sweep(std::size_t& at)
{
    const std::vector<KeyId> ids = Keys(store_).ids(at, sweep_batch);
    if (!ids.empty()) {
        verify(ids, load_calendar(store_).day_at(store_.now()));
    }
    at = ids.size() < sweep_batch ? 0 : at + ids.size();
}

// So many a day, and that there are more, so that whoever writes to Redis does not push out of the
// trail what people did.
void KeyGuard::tell(std::vector<AuditEntry> entries, Store::Change& change)
{
    const Reply told = store_.redis().call(Command{"GET", redis_keys::repairs});
    const auto count = static_cast<std::size_t>(parse_limit(told.text).value_or(0));
    const std::size_t room = count < repairs_told_max ? repairs_told_max - count : 0;
    if (room == 0) {
        return;
    }
    if (entries.size() >= room) {
        entries.resize(room - 1);
        entries.push_back(audit_entry("key.repair", "keys", to_text({{"more", true}})));
    }
    Command note{"SET", redis_keys::repairs, std::to_string(count + entries.size())};
    change.commands.push_back(count == 0 ? note.add("EX", std::to_string(repairs_told_for))
                                         : note.add("KEEPTTL"));
    std::ranges::move(entries, std::back_inserter(change.entries));
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
        const bool is_nothing = key && !key->rights && key->created_at == 0 && key->strange.empty();
        if (!key || agrees(*key) || is_nothing) {  // the last: of a list alone
            return Store::Change{};
        }
        const KeyRights rights = key->rights ? *key->rights : key->without_leave();
        done = key->rights ? "its record was set back to what had been set"
                           : "what had been set is gone, it is switched off until it is set anew";
        Store::Change change{.commands = {}, .entries = {}, .called_back = {id}};
        if (!key->strange.empty()) {
            change.commands.push_back(unlink_strange(*key));
        }
        append(search_commands({id}, SearchAction::remove), change.commands);
        append(change_rights(store_.secrets(), id, rights), change.commands);
        append(search_commands({id}, SearchAction::add), change.commands);
        append(place_commands({id}, at, now), change.commands);
        tell({audit_entry("key.repair", id.view(),
                          to_text({{"found", rights_json(key->recorded())},
                                   {"set", rights_json(rights)},
                                   {"sealed", key->rights.has_value()}}))},
             change);
        return change;
    });
    if (!done.empty()) {
        log(id, done);
    }
}

// An id in no list is an old one, in grace, of a key that says so; else it is nobody's.
bool KeyGuard::is_nobodys(const KeyId& id)
{
    const Reply record = store_.redis()
                             .pipeline({Command{"HMGET", redis_keys::record(id), field::state,
                                                field::alias, field::expires_at}})
                             .front();
    if (is_of_another_kind(record)) {
        return true;
    }
    const std::vector<Reply>& values = checked(record).elements;
    if (values.at(0).is_nil()) {
        return false;
    }
    const auto target = KeyId::parse(values.at(1).text);
    const bool is_alias = values[0].text == state_rotated && target;
    return !is_alias || !has_alias(*target, id, values.at(2).text);
}

bool KeyGuard::has_alias(const KeyId& target, const KeyId& old, std::string_view until)
{
    const Reply sealed =
        store_.redis().pipeline({Command{"GET", redis_keys::rights(target)}}).front();
    const auto rights = open_rights(store_.secrets(), target, checked_or_nil(sealed).text);
    return rights && std::ranges::any_of(rights->aliases, [&](const KeyAlias& alias) {
               return alias.id == old && std::to_string(alias.until) == until;
           });
}

void KeyGuard::take_away(const std::vector<KeyId>& ids)
{
    if (ids.empty()) {
        return;
    }
    std::vector<KeyId> taken;
    store_.apply({std::string(redis_keys::index)}, [&](std::int64_t) {
        taken.clear();
        for (const std::size_t i : Keys(store_).absent(ids)) {
            taken.push_back(ids[i]);
        }
        Store::Change change;
        for (const KeyId& id : taken) {
            change.commands.push_back(Command{"UNLINK", redis_keys::record(id),
                                              redis_keys::about(id), redis_keys::rights(id),
                                              redis_keys::flight(id)});
        }
        tell(batch_entries("key.repair", taken,
                           [&](std::size_t begin, std::size_t count) {
                               Json detail = {{"unlisted", true}};
                               if (count > 1) {
                                   detail["ids"] = ids_json(std::span(taken).subspan(begin, count));
                               }
                               return to_text(detail);
                           }),
             change);
        change.called_back = taken;
        return change;
    });
    for (const KeyId& id : taken) {
        log(id, "nobody made it, or not so: it was taken away");
    }
}

}  // namespace mmx::admin
