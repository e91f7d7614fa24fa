#include "auth/api_tokens.hpp"

#include <algorithm>
#include <iterator>
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

// A record of before there were scopes has all.
Scopes scopes_in(const Json& rights, Role role)
{
    const auto names = texts_of(rights, field::scopes);
    if (!names) {
        return scopes_of(role);
    }
    Scopes scopes;
    for (const std::string& name : *names) {
        if (const auto scope = parse_scope(name)) {
            scopes.add(*scope);
        }
    }
    return scopes;
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
                    .scopes = scopes_in(*rights, *role),
                    .created_by = text_of(*rights, field::created_by),
                    .created_with = text_of(*rights, field::created_with),
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

Json token_detail(const ApiToken& token)
{
    return {{"name", token.name},
            {"role", role_name(token.role)},
            {"scopes", token.scopes.names()},
            {"expires_at", token.expires_at}};
}

[[noreturn]] void refuse_beyond_maker(std::string_view field, const std::string& what)
{
    throw Error(ErrorCode::beyond_maker, "a token is given no more than its maker has: " + what,
                std::string(field));
}

// Holds what a token makes to what it has itself. wanted: as it was asked for.
void hold_to(const Principal& maker, const NewApiToken& wanted, ApiToken& token)
{
    token.created_with = maker.token;
    if (!wanted.expires_at) {
        token.expires_at = maker.expires_at;
    } else if (maker.expires_at != 0 &&
               (token.expires_at == 0 || token.expires_at > maker.expires_at)) {
        refuse_beyond_maker("expires_at", "name a time no later than the end of its own");
    }
    const Scopes beyond = wanted.scopes.value_or(Scopes()).without(maker.scopes);
    if (!beyond.is_empty()) {
        refuse_beyond_maker("scopes", "it lacks " + beyond.text());
    }
    token.scopes = token.scopes.common(maker.scopes);
    if (token.scopes.is_empty()) {
        refuse_beyond_maker("scopes", "it has none that this role allows");
    }
}

// What the new token gets, of what is wanted; throws for what its maker may not give.
ApiToken granted(const NewApiToken& wanted)
{
    const Scopes allowed = scopes_of(wanted.role);
    ApiToken token{.name = require_good_name(wanted.name),
                   .role = wanted.role,
                   .scopes = wanted.scopes.value_or(allowed),
                   .created_by = wanted.created_by,
                   .expires_at = wanted.expires_at.value_or(0)};
    if (const Scopes beyond = token.scopes.without(allowed); !beyond.is_empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "scopes: the role " + std::string(role_name(token.role)) + " has no " +
                        beyond.text(),
                    "scopes");
    }
    if (wanted.maker && token.role > wanted.maker->role) {
        refuse_beyond_maker("role", "it is a " + std::string(role_name(wanted.maker->role)));
    }
    if (wanted.maker && wanted.maker->is_token) {
        hold_to(*wanted.maker, wanted, token);
    }
    return token;
}

// The token and all that were made with it, or with one of those.
std::vector<ApiToken> family_of(const ApiToken& first, const std::vector<ApiToken>& tokens)
{
    std::vector<ApiToken> family{first};
    for (std::size_t i = 0; i < family.size(); i++) {
        const std::string hash = family[i].hash;
        std::ranges::copy_if(tokens, std::back_inserter(family),
                             [&](const ApiToken& token) { return token.created_with == hash; });
    }
    return family;
}

// A token ends itself and what came of it, and nobody else's.
void require_own(const ApiToken& token, const Principal& asking,
                 const std::vector<ApiToken>& tokens)
{
    std::vector<ApiToken> own;
    for (const ApiToken& each : tokens) {
        if (each.hash == asking.token) {
            own = family_of(each, tokens);
        }
    }
    if (std::ranges::find(own, token.hash, &ApiToken::hash) == own.end()) {
        throw Error(ErrorCode::session_required,
                    "an API token revokes itself and those made with it: revoke another one in the "
                    "console, or with `mmx-admind token delete`");
    }
}

ApiToken found_in(const std::vector<ApiToken>& tokens, std::string_view id_or_name)
{
    const std::string name = sought_name(id_or_name);
    const auto found = std::ranges::find_if(tokens, [&](const ApiToken& token) {
        return token.name == name || token.name == id_or_name ||
               public_id(token.hash) == id_or_name;
    });
    if (found == tokens.end()) {
        throw Error(ErrorCode::not_found, "there is no token \"" + std::string(id_or_name) + "\"");
    }
    return *found;
}

}  // namespace

Command token_command(const Secrets& secrets, const ApiToken& token)
{
    const Json rights{{field::name, token.name},
                      {field::role, role_name(token.role)},
                      {field::hint, token.hint},
                      {field::scopes, token.scopes.names()},
                      {field::created_by, token.created_by},
                      {field::created_with, token.created_with},
                      {field::created_at, token.created_at},
                      {field::expires_at, token.expires_at}};
    return sealing_command(secrets, redis_keys::token(token.hash), rights);
}

std::vector<Command> revoking_commands(const std::vector<ApiToken>& tokens)
{
    std::vector<Command> commands;
    for (const ApiToken& token : tokens) {
        commands.push_back(Command{"DEL", redis_keys::token(token.hash)});
        commands.push_back(Command{"ZREM", redis_keys::tokens, token.hash});
    }
    return commands;
}

std::vector<ApiToken> made_by(const std::vector<ApiToken>& tokens, std::string_view account)
{
    std::vector<ApiToken> made;
    std::ranges::copy_if(tokens, std::back_inserter(made),
                         [&](const ApiToken& token) { return token.created_by == account; });
    return made;
}

IssuedApiToken ApiTokens::create(const NewApiToken& wanted)
{
    ApiToken token = granted(wanted);
    SecretText secret(api_token_prefix);
    secret.append(random_alphanumeric(api_token_random).view());
    token.hash = record_name(store_.secrets(), sha256_hex(secret.view()));
    token.hint = hint_of(secret.view());
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
        token.created_at = time;
        return Store::Change{
            {token_command(store_.secrets(), token),
             Command{"ZADD", redis_keys::tokens, std::to_string(time), token.hash}},
            {audit_entry("token.create", public_id(token.hash), to_text(token_detail(token)))}};
    });
    return {.token = std::move(token), .secret = std::move(secret)};
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
    return found_in(list(), id_or_name);
}

void ApiTokens::remove(std::string_view id_or_name, const std::optional<Principal>& by)
{
    store_.apply({tokens_name}, [&](std::int64_t) {
        const std::vector<ApiToken> tokens = list();
        const ApiToken token = found_in(tokens, id_or_name);
        if (by && by->is_token) {
            require_own(token, *by, tokens);
        }
        const std::vector<ApiToken> gone = family_of(token, tokens);
        Json detail = token_detail(token);
        if (gone.size() > 1) {
            detail["tokens_deleted"] = gone.size();
        }
        return Store::Change{revoking_commands(gone),
                             {audit_entry("token.delete", public_id(token.hash), to_text(detail))}};
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
                     .account = found->created_by,
                     .token = found->hash,
                     .scopes = found->scopes};
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
