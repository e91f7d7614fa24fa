#include "store/store.hpp"

#include "base/error.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

// After a refusal: the connection goes on to others, whose transactions our WATCH must not fail.
void forget_watch(RedisClient& redis) noexcept
{
    try {
        if (!redis.has_failed()) {
            redis.call(Command{"UNWATCH"});
        }
    } catch (const std::exception&) {
        // It has failed now, and is never lent again.
    }
}

}  // namespace

Store::Store(RedisClient& redis, const Secrets& secrets, std::string actor, std::string address)
    : redis_(redis), secrets_(secrets), actor_(std::move(actor)), address_(std::move(address))
{
}

void Store::require_initialized()
{
    const std::string check =
        redis_.call(Command{"HGET", redis_keys::settings, field::secret_check}).text;
    if (check.empty()) {
        throw Error(ErrorCode::not_initialized,
                    "this Redis has not been set up: run `mmx-admind init` first");
    }
    if (!secrets_.opens_check(check)) {
        throw Error(ErrorCode::wrong_secret,
                    "the secret file is not the one this Redis was set up with: put that file "
                    "back, or name it with --secret");
    }
}

std::int64_t Store::now()
{
    const Reply time = redis_.call(Command{"TIME"});
    if (time.elements.size() != 2) {
        throw Error(ErrorCode::redis_unavailable, "Redis does not tell the time");
    }
    return parse_limit(time.elements[0].text).value_or(0);
}

// Puts the entries behind the newest one, and cuts the oldest beyond audit_length_max.
void Store::append_audit(std::vector<AuditEntry> entries, std::int64_t now,
                         std::vector<Command>& commands)
{
    std::string prev = redis_.call(Command{"HGET", redis_keys::settings, field::audit_head}).text;
    for (AuditEntry& entry : entries) {
        entry.time = now;
        entry.actor = actor_;
        entry.address = address_;
        entry.prev = prev;
        entry.hash = audit_hash(secrets_.audit(), entry);
        commands.push_back(
            Command{"XADD", redis_keys::audit, "MAXLEN", "~", std::to_string(audit_length_max), "*"}
                .add(field::audit_time, std::to_string(entry.time))
                .add(field::audit_actor, entry.actor)
                .add(field::audit_address, entry.address)
                .add(field::audit_action, entry.action)
                .add(field::audit_object, entry.object)
                .add(field::audit_detail, entry.detail)
                .add(field::audit_prev, entry.prev)
                .add(field::audit_hash, entry.hash));
        prev = entry.hash;
    }
    commands.push_back(Command{"HSET", redis_keys::settings, field::audit_head, prev});
}

std::vector<Reply> Store::apply(const std::vector<std::string>& watched,
                                const std::function<Change(std::int64_t now)>& build)
{
    Command watch{"WATCH", redis_keys::audit};
    for (const std::string& name : watched) {
        watch.add(name);
    }
    for (int attempt = 0; attempt < change_attempts_max; attempt++) {
        redis_.call(watch);
        Change change;
        try {
            const std::int64_t time = now();
            change = build(time);
            if (!change.commands.empty() || !change.entries.empty()) {
                append_audit(std::move(change.entries), time, change.commands);
            }
        } catch (...) {
            forget_watch(redis_);
            throw;
        }
        if (change.commands.empty()) {
            redis_.call(Command{"UNWATCH"});
            return {};
        }
        if (auto replies = redis_.transact(change.commands)) {
            return std::move(*replies);
        }
    }
    throw Error(ErrorCode::conflict, "others keep changing the same thing: try again");
}

}  // namespace mmx::admin
