#include "auth/api_tokens.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/accounts.hpp"
#include "auth/sealed_record.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/names.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

const std::string tokens_name(redis_keys::tokens);

Command read_command(std::string_view hash)
{
    return Command{"HMGET", redis_keys::token(hash), field::sealed, field::last_used_at};
}

std::optional<ApiToken> token_of(const Secrets& secrets, std::string_view hash, const Reply& reply)
{
    const std::vector<Reply>& values = checked(reply).elements;
    const auto rights = opened(secrets, redis_keys::token(hash), values.at(0).text);
    const auto role = rights ? parse_role(text_of(*rights, field::role)) : std::nullopt;
    if (!role) {
        return std::nullopt;
    }
    return ApiToken{.hash = std::string(hash),
                    .name = text_of(*rights, field::name),
                    .role = *role,
                    .hint = text_of(*rights, field::hint),
                    .created_by = text_of(*rights, field::created_by),
                    .created_at = number_of(*rights, field::created_at),
                    .last_used_at = parse_limit(values.at(1).text).value_or(0),
                    .expires_at = number_of(*rights, field::expires_at)};
}

std::string hint_of(std::string_view token)
{
    constexpr std::size_t shown = 4;
    return std::string(api_token_prefix) + "…" + std::string(token.substr(token.size() - shown));
}

// The name in its normal form.
std::string require_good_name(std::string_view text)
{
    Result<std::string> name = normal_name(text, api_token_name_length_max);
    if (!name || name->empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "the token's name " + (name ? "is empty" : name.fault()), "name");
    }
    return std::move(*name);
}

std::string token_detail(std::string_view name, Role role, std::int64_t expires_at)
{
    return to_text({{"name", name}, {"role", role_name(role)}, {"expires_at", expires_at}});
}

}  // namespace

Command token_command(const Secrets& secrets, const ApiToken& token)
{
    const Json rights{{field::name, token.name},
                      {field::role, role_name(token.role)},
                      {field::hint, token.hint},
                      {field::created_by, token.created_by},
                      {field::created_at, token.created_at},
                      {field::expires_at, token.expires_at}};
    return sealing_command(secrets, redis_keys::token(token.hash), rights);
}

std::vector<Command> revoking_commands(const ApiToken& token)
{
    return {Command{"DEL", redis_keys::token(token.hash)},
            Command{"ZREM", redis_keys::tokens, token.hash}};
}

IssuedApiToken ApiTokens::create(const NewApiToken& wanted)
{
    NewApiToken token = wanted;
    token.name = require_good_name(wanted.name);
    SecretText secret(api_token_prefix);
    secret.append(random_alphanumeric(api_token_random).view());
    const std::string hash = record_name(store_.secrets(), sha256_hex(secret.view()));
    store_.apply({tokens_name}, [&](std::int64_t time) {
        if (token.expires_at != 0 && token.expires_at <= time) {
            throw Error(ErrorCode::invalid_argument, "the token would have expired already",
                        "expires_at");
        }
        const std::vector<ApiToken> existing = list();
        if (existing.size() >= api_tokens_max) {
            throw Error(ErrorCode::conflict, "there are " + std::to_string(api_tokens_max) +
                                                 " tokens already: delete one first");
        }
        if (std::ranges::find(existing, token.name, &ApiToken::name) != existing.end()) {
            throw Error(ErrorCode::conflict, "there is a token \"" + token.name + "\" already",
                        "name");
        }
        const Command set = token_command(store_.secrets(), {.hash = hash,
                                                             .name = token.name,
                                                             .role = token.role,
                                                             .hint = hint_of(secret.view()),
                                                             .created_by = token.created_by,
                                                             .created_at = time,
                                                             .expires_at = token.expires_at});
        return Store::Change{{set, Command{"ZADD", redis_keys::tokens, std::to_string(time), hash}},
                             {audit_entry("token.create", public_id(hash),
                                          token_detail(token.name, token.role, token.expires_at))}};
    });
    return {.token = require(public_id(hash)), .secret = std::move(secret)};
}

std::vector<ApiToken> ApiTokens::list()
{
    const Reply hashes = store_.redis().call(Command{"ZREVRANGE", redis_keys::tokens, "0", "-1"});
    std::vector<Command> queries;
    for (const Reply& hash : hashes.elements) {
        queries.push_back(read_command(hash.text));
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    std::vector<ApiToken> tokens;
    for (std::size_t i = 0; i < replies.size(); i++) {
        if (auto token = token_of(store_.secrets(), hashes.elements[i].text, replies[i])) {
            tokens.push_back(std::move(*token));
        }
    }
    return tokens;
}

ApiToken ApiTokens::require(std::string_view id_or_name)
{
    const std::string name = sought_name(id_or_name);
    for (ApiToken& token : list()) {
        if (token.name == name || token.name == id_or_name || public_id(token.hash) == id_or_name) {
            return std::move(token);
        }
    }
    throw Error(ErrorCode::not_found, "there is no token \"" + std::string(id_or_name) + "\"");
}

void ApiTokens::remove(std::string_view id_or_name)
{
    store_.apply({tokens_name}, [&](std::int64_t) {
        const ApiToken token = require(id_or_name);
        return Store::Change{revoking_commands(token),
                             {audit_entry("token.delete", public_id(token.hash),
                                          token_detail(token.name, token.role, token.expires_at))}};
    });
}

std::optional<Principal> ApiTokens::find(std::string_view token)
{
    if (!token.starts_with(api_token_prefix) ||
        token.size() != api_token_prefix.size() + api_token_random) {
        return std::nullopt;
    }
    const std::string hash = record_name(store_.secrets(), sha256_hex(token));
    const std::vector<Reply> replies =
        store_.redis().pipeline({read_command(hash), Command{"ZSCORE", redis_keys::tokens, hash}});
    const auto found = token_of(store_.secrets(), hash, replies.at(0));
    const std::int64_t now = store_.now();
    if (!found || checked(replies.at(1)).text.empty() ||
        (found->expires_at != 0 && now >= found->expires_at)) {
        return std::nullopt;
    }
    Role role = found->role;
    if (is_account_name(found->created_by)) {
        const auto maker = Accounts(store_).find(found->created_by);
        if (!maker) {
            return std::nullopt;
        }
        role = std::min(role, maker->role);
    }
    if (now >= found->last_used_at + api_token_touch_interval) {
        touch(*found, now);
    }
    return Principal{.name = found->name,
                     .role = role,
                     .is_token = true,
                     .session = {},
                     .csrf_token = {},
                     .expires_at = found->expires_at,
                     .idle_seconds = 0,
                     .account = found->created_by};
}

// Watched, so that a token that is revoked at this moment does not come back without its fields.
void ApiTokens::touch(const ApiToken& token, std::int64_t now)
{
    const std::string name = redis_keys::token(token.hash);
    RedisClient& redis = store_.redis();
    redis.call(Command{"WATCH", name});
    if (redis.call(Command{"EXISTS", name}).integer == 0) {
        redis.call(Command{"UNWATCH"});
        return;
    }
    redis.transact({Command{"HSET", name, field::last_used_at, std::to_string(now)}});
}

}  // namespace mmx::admin
