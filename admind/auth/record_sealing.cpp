#include "auth/record_sealing.hpp"

#include <nlohmann/json.hpp>

#include "auth/accounts.hpp"
#include "auth/api_tokens.hpp"
#include "auth/sealed_record.hpp"
#include "auth/sessions.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

std::int64_t time_of(const Reply& reply)
{
    return parse_limit(reply.text).value_or(0);
}

bool add_account(Store& store, const std::string& name, std::vector<Command>& commands)
{
    const std::string record = redis_keys::user(name);
    const std::vector<Reply> values =
        store.redis()
            .call(Command{"HMGET", record, field::role, field::password, field::created_at,
                          field::password_changed_at})
            .elements;
    const auto role = parse_role(values.at(0).text);
    if (!role || !is_account_name(name)) {
        return false;
    }
    const Account account{.name = name,
                          .role = *role,
                          .password = values.at(1).text,
                          .created_at = time_of(values.at(2)),
                          .password_changed_at = time_of(values.at(3)),
                          .change = std::string(random_hex(account_change_bytes).view())};
    append(ending_commands(store, account, ""), commands);
    commands.push_back(Command{"HDEL", record, field::role, field::password, field::created_at,
                               field::password_changed_at});
    commands.push_back(account_command(store.secrets(), account));
    return true;
}

bool add_token(Store& store, const std::string& digest, std::vector<Command>& commands)
{
    const std::string record = redis_keys::token(digest);
    const std::vector<Reply> values =
        store.redis()
            .call(Command{"HMGET", record, field::name, field::role, field::hint, field::created_by,
                          field::created_at, field::expires_at, field::last_used_at})
            .elements;
    const auto role = parse_role(values.at(1).text);
    if (!role) {
        return false;
    }
    const ApiToken token{.hash = record_name(store.secrets(), digest),
                         .name = values.at(0).text,
                         .role = *role,
                         .hint = values.at(2).text,
                         .scopes = scopes_of(*role),
                         .created_by = values.at(3).text,
                         .created_at = time_of(values.at(4)),
                         .last_used_at = time_of(values.at(6)),
                         .expires_at = time_of(values.at(5))};
    commands.push_back(Command{"DEL", record});
    commands.push_back(Command{"ZREM", redis_keys::tokens, digest});
    commands.push_back(token_command(store.secrets(), token));
    commands.push_back(Command{"HSET", redis_keys::token(token.hash), field::last_used_at,
                               std::to_string(token.last_used_at)});
    commands.push_back(
        Command{"ZADD", redis_keys::tokens, std::to_string(token.created_at), token.hash});
    return true;
}

bool is_due(Store& store)
{
    return store.stage() == SealStage::masters;
}

}  // namespace

std::optional<SealedRecords> seal_old_records(Store& store)
{
    if (!is_due(store)) {
        return std::nullopt;
    }
    std::optional<SealedRecords> sealed;
    const std::vector<std::string> watched{std::string(redis_keys::settings),
                                           std::string(redis_keys::users),
                                           std::string(redis_keys::tokens)};
    store.apply(watched, [&](std::int64_t) {
        sealed.reset();
        Store::Change change;
        if (!is_due(store)) {
            return change;
        }
        SealedRecords count;
        for (const Reply& name :
             store.redis().call(Command{"SMEMBERS", redis_keys::users}).elements) {
            count.accounts += add_account(store, name.text, change.commands) ? 1 : 0;
        }
        for (const Reply& digest :
             store.redis().call(Command{"ZRANGE", redis_keys::tokens, "0", "-1"}).elements) {
            count.tokens += add_token(store, digest.text, change.commands) ? 1 : 0;
        }
        change.commands.push_back(Command{"HSET", redis_keys::settings, field::secret_check,
                                          store.secrets().seal_check(SealStage::trail)});
        change.entries = {audit_entry(
            "records.seal", "", to_text({{"accounts", count.accounts}, {"tokens", count.tokens}}))};
        sealed = count;
        return change;
    });
    return sealed;
}

}  // namespace mmx::admin
