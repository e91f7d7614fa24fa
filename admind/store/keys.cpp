#include "store/keys.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "lib/commit.hpp"
#include "lib/networks.hpp"
#include "lib/redis_keys.hpp"
#include "lib/times.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

const std::string requests(redis_keys::figures[0]);
const std::string day_requests = std::string(field::day_prefix) + requests;
const std::string month_requests = std::string(field::month_prefix) + requests;

// HMGET's order, which the parsing below follows.
Command record_query(const KeyId& id)
{
    return Command{"HMGET",      redis_keys::record(id), field::state,    field::day,
                   field::month, field::expires_at,      field::networks, field::live_day,
                   day_requests, month_requests,         field::credit};
}

Command about_query(const KeyId& id)
{
    return Command{"HMGET",      redis_keys::about(id), field::user,
                   field::hint,  field::created_at,     field::last_used_at,
                   field::note,  field::rotated_from,   field::rotated_until,
                   field::sealed};
}

// The name is noted, and what it stands for counts as absent.
void note_strange(Key& key, const std::string& name)
{
    key.strange.push_back(name);
    key.faults.push_back(name + " is of another kind: somebody else wrote it");
}

// Reads fields one after another and notes what is malformed.
class Fields {
public:
    Fields(const Reply& reply, Key& key, std::string where)
        : is_strange_(is_of_another_kind(reply)),
          values_(is_strange_ ? reply.elements : checked(reply).elements), key_(key),
          where_(std::move(where))
    {
        if (is_strange_) {
            note_strange(key_, where_);
        }
    }

    const std::string& text() { return next().text; }

    std::int64_t number(std::string_view name)
    {
        const Reply& value = next();
        if (value.is_nil()) {
            return 0;
        }
        const auto parsed = parse_limit(value.text);
        if (!parsed) {
            fault(name, "is not a whole number");
        }
        return parsed.value_or(0);
    }

    void fault(std::string_view name, std::string_view what)
    {
        key_.faults.push_back(where_ + "/" + std::string(name) + " " + std::string(what));
    }

private:
    const Reply& next()
    {
        static const Reply none;
        return is_strange_ ? none : values_.at(next_++);
    }

    bool is_strange_;
    const std::vector<Reply>& values_;
    Key& key_;
    std::string where_;
    std::size_t next_ = 0;
};

// Returns the live date.
std::string read_record(const Reply& reply, Key& key)
{
    Fields fields(reply, key, redis_keys::record(key.id));
    const std::string& state = fields.text();
    key.enabled = state == state_active;
    if (state != state_active && state != state_disabled) {
        fields.fault(field::state, state.empty() ? "is missing" : "is neither active nor disabled");
    }
    key.limits.day = fields.number(field::day);
    key.limits.month = fields.number(field::month);
    key.expires_at = fields.number(field::expires_at);
    key.networks = fields.text();
    if (!Networks::parse(key.networks)) {
        fields.fault(field::networks, "is not a list of address blocks");
    }
    key.altered = !key.faults.empty();
    std::string live = fields.text();
    if (!live.empty() && !is_date(live)) {
        fields.fault(field::live_day, "is not a date");
        live.clear();
    }
    key.day_used = fields.number(day_requests);
    key.month_used = fields.number(month_requests);
    // What was lent is charged, and not used yet.
    const std::int64_t out = credit_out(fields.text());
    key.day_used = std::max<std::int64_t>(key.day_used - out, 0);
    key.month_used = std::max<std::int64_t>(key.month_used - out, 0);
    return live;
}

void read_about(const Reply& reply, Key& key)
{
    Fields fields(reply, key, redis_keys::about(key.id));
    key.user = fields.text();
    key.hint = fields.text();
    key.created_at = fields.number(field::created_at);
    key.last_used_at = fields.number(field::last_used_at);
    key.note = fields.text();
    const std::string& earlier = fields.text();
    for (std::size_t begin = 0; begin < earlier.size(); begin += 33) {
        if (const auto id = KeyId::parse(std::string_view(earlier).substr(begin, 32))) {
            key.rotated_from.push_back(*id);
        }
    }
    key.rotated_until = fields.number(field::rotated_until);
    if (fields.text().empty()) {
        fields.fault(field::sealed, "is missing");
    }
}

// Where what is sealed says otherwise, somebody else has written the record. A key that was not
// sealed yet has no such text, and nothing to compare.
void read_rights(const Reply& reply, const Secrets& secrets, Key& key)
{
    if (is_of_another_kind(reply)) {
        return note_strange(key, redis_keys::rights(key.id));
    }
    const std::string& sealed = checked(reply).text;
    if (sealed.empty()) {
        return;
    }
    key.rights = open_rights(secrets, key.id, sealed);
    const auto altered = [&](const std::string& what) {
        key.faults.push_back(what + ": somebody else wrote it");
        key.altered = true;
    };
    if (!key.rights) {
        return altered(redis_keys::rights(key.id) + " does not open");
    }
    const KeyRights recorded = key.recorded();
    const auto compare = [&](std::string_view name, bool agrees) {
        if (!agrees) {
            altered(redis_keys::record(key.id) + "/" + std::string(name) + " is not what was set");
        }
    };
    compare(field::state, recorded.enabled == key.rights->enabled);
    compare(field::day, recorded.limits.day == key.rights->limits.day);
    compare(field::month, recorded.limits.month == key.rights->limits.month);
    compare(field::expires_at, recorded.expires_at == key.rights->expires_at);
    compare(field::networks, recorded.networks == key.rights->networks);
    compare(field::user, recorded.user == key.rights->user);
}

// Whose live counters are of another day: that day's stand in the archive, if anywhere.
struct Stale {
    std::size_t key;
    bool month;  // the live month is another one as well
};

}  // namespace

std::vector<std::string> archive_months(const Calendar& calendar, std::int64_t created_at,
                                        std::int64_t now)
{
    const std::string first = calendar.day_at(std::min(created_at, now)).date;
    const std::string last = calendar.day_at(now).date;
    // One more on either side: a gateway's clock may have been off.
    return months_between(add_days(first, -31).substr(0, 7), add_days(last, 31).substr(0, 7));
}

std::vector<KeyId> Keys::ids(std::size_t offset, std::size_t count)
{
    std::vector<KeyId> ids;
    if (count == 0) {
        return ids;
    }
    const Reply reply =
        store_.redis().call(Command{"ZREVRANGE", redis_keys::index, std::to_string(offset),
                                    std::to_string(offset + count - 1)});
    for (const Reply& member : reply.elements) {
        if (const auto id = KeyId::parse(member.text)) {
            ids.push_back(*id);
        }
    }
    return ids;
}

std::size_t Keys::count()
{
    return static_cast<std::size_t>(
        store_.redis().call(Command{"ZCARD", redis_keys::index}).integer);
}

std::vector<Key> Keys::read(const std::vector<KeyId>& ids, const QuotaDay& at)
{
    std::vector<Command> queries;
    for (const KeyId& id : ids) {
        queries.push_back(record_query(id));
        queries.push_back(about_query(id));
        queries.push_back(Command{"GET", redis_keys::rights(id)});
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    std::vector<Key> keys(ids.size());
    std::vector<Stale> stale;
    queries.clear();
    for (std::size_t i = 0; i < ids.size(); i++) {
        keys[i].id = ids[i];
        const std::string live = read_record(replies[3 * i], keys[i]);
        read_about(replies[3 * i + 1], keys[i]);
        read_rights(replies[3 * i + 2], store_.secrets(), keys[i]);
        if (live != at.date) {
            stale.push_back({.key = i, .month = !live.starts_with(at.month())});
            queries.push_back(Command{"HMGET", redis_keys::archive(ids[i], at.month()),
                                      at.date.substr(8) + "." + requests, month_requests});
        }
    }
    const std::vector<Reply> archived = store_.redis().pipeline(queries);
    for (std::size_t i = 0; i < stale.size(); i++) {
        Key& key = keys[stale[i].key];
        if (is_of_another_kind(archived[i])) {
            note_strange(key, redis_keys::archive(key.id, at.month()));
            continue;
        }
        const std::vector<Reply>& counts = checked(archived[i]).elements;
        key.day_used = parse_limit(counts.at(0).text).value_or(0);
        if (stale[i].month) {
            key.month_used = parse_limit(counts.at(1).text).value_or(0);
        }
    }
    return keys;
}

std::optional<Key> Keys::find(const KeyId& id, const QuotaDay& at)
{
    if (!store_.redis().call(Command{"ZSCORE", redis_keys::index, id.view()}).is_nil()) {
        return std::move(read({id}, at).front());
    }
    return std::nullopt;
}

Key Keys::require(const KeyId& id, const QuotaDay& at)
{
    auto key = find(id, at);
    if (!key) {
        throw Error(ErrorCode::not_found, "there is no key " + std::string(id.view()));
    }
    return std::move(*key);
}

std::vector<Key> Keys::read_existing(const std::vector<KeyId>& ids, const QuotaDay& at)
{
    std::vector<Key> keys = read(ids, at);
    std::vector<KeyId> doubtful;
    for (const Key& key : keys) {
        if (key.created_at == 0) {
            doubtful.push_back(key.id);
        }
    }
    for (const std::size_t i : absent(doubtful)) {
        std::erase_if(keys, [&](const Key& key) { return key.id == doubtful[i]; });
    }
    return keys;
}

std::vector<std::size_t> Keys::absent(const std::vector<KeyId>& ids)
{
    std::vector<Command> queries;
    for (const KeyId& id : ids) {
        queries.push_back(Command{"ZSCORE", redis_keys::index, id.view()});
    }
    const std::vector<Reply> scores = store_.redis().pipeline(queries);
    std::vector<std::size_t> absent;
    for (std::size_t i = 0; i < scores.size(); i++) {
        if (checked(scores[i]).is_nil()) {
            absent.push_back(i);
        }
    }
    return absent;
}

std::vector<bool> Keys::taken(const std::vector<KeyId>& ids)
{
    std::vector<Command> queries;
    queries.reserve(ids.size());
    for (const KeyId& id : ids) {
        queries.push_back(Command{"EXISTS", redis_keys::record(id)});
    }
    std::vector<bool> taken;
    for (const Reply& reply : store_.redis().pipeline(queries)) {
        taken.push_back(checked(reply).integer > 0);
    }
    return taken;
}

KeyRights Keys::rights_of(const Key& key)
{
    if (key.rights) {
        return *key.rights;
    }
    return store_.stage() == SealStage::keys ? key.without_leave() : key.recorded();
}

// What nobody sealed yet is in the description, which others could have written, too: no key that
// there is counts by it for another.
std::vector<KeyId> Keys::old_ids(const Key& key)
{
    std::vector<KeyId> ids;
    if (key.rights) {
        std::ranges::transform(key.rights->aliases, std::back_inserter(ids), &KeyAlias::id);
        return ids;
    }
    for (const std::size_t i : absent(key.rotated_from)) {
        ids.push_back(key.rotated_from[i]);
    }
    return ids;
}

KeyAlias Keys::alias_of(const Key& key, const KeyId& old)
{
    if (key.rights) {
        const auto& aliases = key.rights->aliases;
        const auto sealed = std::ranges::find(aliases, old, &KeyAlias::id);
        if (sealed != aliases.end()) {
            return *sealed;
        }
    }
    const Reply until =
        store_.redis().call(Command{"HGET", redis_keys::record(old), field::expires_at});
    return {.id = old, .until = parse_limit(until.text).value_or(0)};
}

SecretText Keys::open(const KeyId& id)
{
    const Reply sealed = store_.redis().call(Command{"HGET", redis_keys::about(id), field::sealed});
    SecretText api_key = store_.secrets().open_key(id, sealed.text);
    if (store_.secrets().id(api_key.view()) != id) {
        throw Error(ErrorCode::sealed_value,
                    "the sealed key of " + std::string(id.view()) + " has another id");
    }
    return api_key;
}

SecretText Keys::reveal(const KeyId& id)
{
    SecretText api_key = open(id);
    store_.apply({}, [&](std::int64_t) {
        return Store::Change{{}, {audit_entry("key.reveal", id.view(), "{}")}};
    });
    return api_key;
}

}  // namespace mmx::admin
