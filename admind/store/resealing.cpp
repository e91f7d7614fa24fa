#include "store/resealing.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/redis_keys.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"
#include "trail/audit_head.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::string_view action = "secret.reseal";

// Where a sealed value stands. name: of the record; id: of a key.
struct Place {
    SealedKind kind = SealedKind::key;
    std::string name;
    KeyId id{};

    bool is_text() const { return kind == SealedKind::rights; }  // else a field of a hash
};

Command read_command(const Place& place)
{
    return place.is_text() ? Command{"GET", place.name}
                           : Command{"HGET", place.name, field::sealed};
}

Command write_command(const Place& place, std::string_view sealed)
{
    return place.is_text() ? Command{"SET", place.name, sealed}
                           : Command{"HSET", place.name, field::sealed, sealed};
}

std::optional<std::string> resealed(const Place& place, std::string_view sealed,
                                    const Secrets& before, const Secrets& to)
{
    return place.kind == SealedKind::key ? to.reseal_key(place.id, sealed, before)
                                         : to.reseal_record(place.name, sealed, before);
}

std::vector<std::string> account_names(RedisClient& redis)
{
    std::vector<std::string> names;
    for (const Reply& name : redis.call(Command{"SMEMBERS", redis_keys::users}).elements) {
        names.push_back(name.text);
    }
    return names;
}

std::vector<Place> places_of_people(RedisClient& redis)
{
    std::vector<Place> places;
    for (const std::string& name : account_names(redis)) {
        places.push_back({.kind = SealedKind::account, .name = redis_keys::user(name)});
    }
    for (const Reply& hash :
         redis.call(Command{"ZRANGE", redis_keys::tokens, "0", "-1"}).elements) {
        places.push_back({.kind = SealedKind::token, .name = redis_keys::token(hash.text)});
    }
    return places;
}

std::vector<Place> places_of_keys(const std::vector<KeyId>& ids)
{
    std::vector<Place> places;
    for (const KeyId& id : ids) {
        places.push_back({SealedKind::key, redis_keys::about(id), id});
        places.push_back({SealedKind::rights, redis_keys::rights(id), id});
    }
    return places;
}

// All that stands in a list, no more than reseal_batch at once.
void each_batch(Store& store, const std::function<void(const std::vector<Place>&)>& visit)
{
    const std::vector<Place> people = places_of_people(store.redis());
    for (std::size_t at = 0; at < people.size(); at += reseal_batch) {
        const auto begin = people.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = static_cast<std::ptrdiff_t>(std::min(reseal_batch, people.size() - at));
        visit({begin, begin + count});
    }
    for (std::size_t at = 0;; at += reseal_batch / 2) {
        const std::vector<KeyId> ids = Keys(store).ids(at, reseal_batch / 2);
        if (ids.empty()) {
            return;
        }
        visit(places_of_keys(ids));
    }
}

std::vector<Reply> sealed_values(RedisClient& redis, const std::vector<Place>& places)
{
    std::vector<Command> queries;
    std::ranges::transform(places, std::back_inserter(queries), read_command);
    std::vector<Reply> values = redis.pipeline(queries);
    std::ranges::transform(values, values.begin(), checked_or_nil);
    return values;
}

void note(const Place& place, bool opens, SealedCount& count)
{
    (opens ? count.opened.at(static_cast<std::size_t>(place.kind)) : count.unopened)++;
}

Json count_json(const Resealed& result, const SealedCount& seen)
{
    return {{"keys", seen.of(SealedKind::key)},
            {"accounts", seen.of(SealedKind::account)},
            {"tokens", seen.of(SealedKind::token)},
            {"sessions_ended", result.sessions},
            {"unopened", seen.unopened}};
}

// The head as the new secret seals it, with the key that the trail was kept under until now.
AuditHead head_under(const Secrets& to, const Secrets& before, AuditHead head)
{
    std::vector<EarlierAuditKey> earlier;
    for (const EarlierAuditKey& key : head.earlier) {
        if (const auto opened = before.open_audit_key(key.sealed)) {
            earlier.push_back({.until = key.until, .sealed = to.seal_audit_key(*opened)});
        }
    }
    earlier.push_back({.until = head.count, .sealed = to.seal_audit_key(before.audit())});
    head.earlier = std::move(earlier);
    return head;
}

}  // namespace

Resealed Resealing::run()
{
    if (!is_done()) {
        begin();
        end_sessions();
        reseal_values();
        reseal_head();
        finish();
    }
    result_.count = count();
    return result_;
}

// Whether an earlier run finished it.
bool Resealing::is_done()
{
    const Settings settings = read_settings(store_);
    result_.resumed = to_.opens_check(settings.secret_check);
    return result_.resumed && settings.reseal.empty();
}

void Resealing::begin()
{
    const Settings settings = read_settings(store_);
    if (to_.opens_reseal_mark(settings.reseal) &&
        store_.secrets().opens_check(settings.secret_check)) {
        result_.resumed = true;
        return;
    }
    store_.require_initialized();  // nothing is under way to another secret, either
    store_.apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
        if (store_.stage() != SealStage::keys) {
            throw Error(ErrorCode::conflict,
                        "not all is sealed yet that a release before left: start the daemon, "
                        "which seals it, and try again");
        }
        const auto head = open_head(
            store_.secrets(), store_.redis().call(Command{"GET", redis_keys::audit_head}).text);
        if (head && head->earlier.size() >= moves_remembered_max) {
            throw Error(ErrorCode::conflict, "the audit trail holds entries of " +
                                                 std::to_string(moves_remembered_max) +
                                                 " secret files before this one: wait until the "
                                                 "oldest of them are cut");
        }
        return Store::Change{
            {Command{"HSET", redis_keys::settings, field::reseal, to_.seal_reseal_mark()}},
            {audit_entry(action, "secret", to_text({{"state", "begun"}}))}};
    });
}

// Makes what build says, decided again while others write the same; nothing where another run has
// finished the move meanwhile.
std::optional<std::vector<Reply>> Resealing::change(const Build& build)
{
    RedisClient& redis = store_.redis();
    for (int attempt = 0; attempt < change_attempts_max; attempt++) {
        redis.call(
            Command{"WATCH", redis_keys::settings, redis_keys::audit_head, redis_keys::audit});
        const bool under_way = to_.opens_reseal_mark(read_settings(redis).reseal);
        const std::vector<Command> commands =
            under_way ? build(store_.now()) : std::vector<Command>();
        if (commands.empty()) {
            redis.call(Command{"UNWATCH"});
            return under_way ? std::optional<std::vector<Reply>>(std::in_place) : std::nullopt;
        }
        if (auto replies = writer_ ? writer_->transact(commands) : redis.transact(commands)) {
            return replies;
        }
    }
    throw Error(ErrorCode::conflict, "others keep changing the same thing: try again");
}

void Resealing::end_sessions()
{
    for (const std::string& name : account_names(store_.redis())) {
        const auto replies = change([&](std::int64_t) {
            const std::string list = redis_keys::sessions_of(name);
            std::vector<Command> commands;
            for (const Reply& hash :
                 store_.redis().call(Command{"ZRANGE", list, "0", "-1"}).elements) {
                commands.push_back(Command{"DEL", redis_keys::session(hash.text)});
            }
            if (!commands.empty()) {
                commands.push_back(Command{"DEL", list});
            }
            return commands;
        });
        for (std::size_t i = 0; replies && i + 1 < replies->size(); i++) {
            result_.sessions += static_cast<std::size_t>((*replies)[i].integer);
        }
    }
}

void Resealing::reseal_values()
{
    each_batch(store_, [&](const std::vector<Place>& places) {
        SealedCount counted;
        const auto replies = change([&](std::int64_t) {
            const std::vector<Reply> values = sealed_values(store_.redis(), places);
            std::vector<Command> commands;
            counted = {};
            for (std::size_t i = 0; i < places.size(); i++) {
                const auto sealed = resealed(places[i], values[i].text, store_.secrets(), to_);
                note(places[i], sealed.has_value(), counted);
                if (sealed && *sealed != values[i].text) {
                    commands.push_back(write_command(places[i], *sealed));
                }
            }
            return commands;
        });
        result_.anew += replies ? replies->size() : 0;
        for (std::size_t kind = 0; kind < sealed_kinds; kind++) {
            seen_.opened.at(kind) += counted.opened.at(kind);
        }
        seen_.unopened += counted.unopened;
    });
}

// A head that opens under neither was lost meanwhile: who writes the next entry tells of it.
void Resealing::reseal_head()
{
    change([&](std::int64_t) {
        const std::string sealed = store_.redis().call(Command{"GET", redis_keys::audit_head}).text;
        const auto head = open_head(store_.secrets(), sealed);
        if (open_head(to_, sealed) || !head) {
            return std::vector<Command>();
        }
        return std::vector{Command{"SET", redis_keys::audit_head,
                                   sealed_head(to_, head_under(to_, store_.secrets(), *head))}};
    });
}

// From here on the new secret is the one, and the old one opens nothing.
void Resealing::finish()
{
    std::size_t masters = 0;
    const auto done = change([&](std::int64_t now) {
        const Settings settings = read_settings(store_);
        Command set{"HSET", redis_keys::settings, field::secret_check,
                    to_.seal_check(SealStage::keys)};
        if (const auto master = to_.reseal_master(settings.master, store_.secrets())) {
            set.add(field::master, *master);
            masters = 1;
        }
        AuditEntry entry = audit_entry(action, "secret", to_text(count_json(result_, seen_)));
        entry.actor = store_.actor();
        writer_.emplace(store_.redis(), to_);
        std::vector<Command> commands{set, raise_version(),
                                      Command{"HDEL", redis_keys::settings, field::reseal}};
        append(writer_->append({entry}, now), commands);
        return commands;
    });
    writer_.reset();
    result_.anew += done ? masters : 0;
}

SealedCount Resealing::count()
{
    SealedCount counted;
    each_batch(store_, [&](const std::vector<Place>& places) {
        const std::vector<Reply> values = sealed_values(store_.redis(), places);
        for (std::size_t i = 0; i < places.size(); i++) {
            note(places[i], resealed(places[i], values[i].text, to_, to_).has_value(), counted);
        }
    });
    const std::string master = read_settings(store_).master;
    if (!master.empty() && !to_.reseal_master(master, to_)) {
        counted.unopened++;
    }
    return counted;
}

}  // namespace mmx::admin
