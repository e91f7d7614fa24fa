#include "store/store.hpp"

#include "base/error.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"
#include "store/credit_recall.hpp"
#include "trail/audit_writer.hpp"

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

std::optional<SealStage> Store::stage()
{
    return secrets_.stage_of_check(
        redis_.call(Command{"HGET", redis_keys::settings, field::secret_check}).text);
}

void Store::require_initialized()
{
    if (!is_initialized()) {
        throw Error(ErrorCode::not_initialized,
                    "this Redis has not been set up: run `mmx-admind init` first");
    }
}

bool Store::is_initialized()
{
    const std::vector<Reply> values =
        redis_.call(Command{"HMGET", redis_keys::settings, field::secret_check, field::reseal})
            .elements;
    const std::string& check = values.at(0).text;
    if (!values.at(1).is_nil()) {
        throw Error(ErrorCode::wrong_secret,
                    "this Redis is being moved to another secret file: run `mmx-admind reseal` "
                    "again with the file it was begun with, which finishes it");
    }
    if (!check.empty() && !secrets_.opens_check(check)) {
        throw Error(ErrorCode::wrong_secret,
                    "the secret file is not the one this Redis was set up with, or was moved to: "
                    "put that file back, or name it with --secret");
    }
    return !check.empty();
}

std::int64_t Store::now()
{
    const Reply time = redis_.call(Command{"TIME"});
    if (time.elements.size() != 2) {
        throw Error(ErrorCode::redis_unavailable, "Redis does not tell the time");
    }
    return parse_limit(time.elements[0].text).value_or(0);
}

std::vector<Command> Store::audit_commands(std::vector<AuditEntry> entries, std::int64_t now,
                                           AuditWriter& writer) const
{
    for (AuditEntry& entry : entries) {
        entry.actor = actor_;
        entry.address = address_;
    }
    return writer.append(std::move(entries), now);
}

std::vector<Reply> Store::apply(const std::vector<std::string>& watched,
                                const std::function<Change(std::int64_t now)>& build)
{
    Command watch{"WATCH", redis_keys::audit_head, redis_keys::audit};
    for (const std::string& name : watched) {
        watch.add(name);
    }
    for (int attempt = 0; attempt < change_attempts_max; attempt++) {
        redis_.call(watch);
        Change change;
        AuditWriter writer(redis_, secrets_);
        std::size_t own = 0;  // commands of the change itself
        try {
            is_initialized();
            if (condition_) {
                condition_(*this);
            }
            const std::int64_t time = now();
            change = build(time);
            own = change.commands.size();
            append(audit_commands(std::move(change.entries), time, writer), change.commands);
        } catch (...) {
            forget_watch(redis_);
            throw;
        }
        if (change.commands.empty()) {
            redis_.call(Command{"UNWATCH"});
            return {};
        }
        const CreditRecall recall(change.called_back);
        std::vector<Command> commands = recall.before();
        const auto asked = static_cast<std::ptrdiff_t>(commands.size());
        append(std::move(change.commands), commands);
        append(recall.behind(), commands);
        if (const auto replies = writer.transact(commands)) {
            recall.await(redis_, *replies);
            return {replies->begin() + asked,
                    replies->begin() + asked + static_cast<std::ptrdiff_t>(own)};
        }
    }
    throw Error(ErrorCode::conflict, "others keep changing the same thing: try again");
}

}  // namespace mmx::admin
