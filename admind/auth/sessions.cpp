#include "auth/sessions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/sealed_record.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/redis_keys.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::size_t id_bytes = 32;

Command read_command(std::string_view hash)
{
    return Command{"HMGET", redis_keys::session(hash), field::sealed, field::address,
                   field::user_agent};
}

Command seal_command(const Secrets& secrets, const Session& session)
{
    const Json rights{{field::user, session.user},
                      {field::change, session.change},
                      {field::created_at, session.created_at},
                      {field::seen_at, session.seen_at}};
    return sealing_command(secrets, redis_keys::session(session.hash), rights);
}

// As it is stored, whether it has ended or not.
std::optional<Session> session_of(const Secrets& secrets, std::string_view hash,
                                  const Reply& fields)
{
    const std::vector<Reply>& values = checked(fields).elements;
    const auto rights = opened(secrets, redis_keys::session(hash), values.at(0).text);
    if (!rights) {
        return std::nullopt;
    }
    return Session{.hash = std::string(hash),
                   .user = text_of(*rights, field::user),
                   .change = text_of(*rights, field::change),
                   .address = values.at(1).text,
                   .user_agent = values.at(2).text,
                   .created_at = number_of(*rights, field::created_at),
                   .seen_at = number_of(*rights, field::seen_at)};
}

std::vector<std::string> hashes_of(RedisClient& redis, std::string_view user)
{
    const Reply reply = redis.call(Command{"ZRANGE", redis_keys::sessions_of(user), "0", "-1"});
    std::vector<std::string> hashes;
    for (const Reply& hash : reply.elements) {
        hashes.push_back(hash.text);
    }
    return hashes;
}

bool is_listed(RedisClient& redis, std::string_view user, std::string_view hash)
{
    return !redis.call(Command{"ZSCORE", redis_keys::sessions_of(user), hash}).text.empty();
}

// What has to go before one more may come: what ended by itself, and the oldest beyond the bound.
std::vector<std::string> surplus_of(RedisClient& redis, std::string_view user)
{
    const std::vector<std::string> hashes = hashes_of(redis, user);
    std::vector<Command> queries;
    for (const std::string& hash : hashes) {
        queries.push_back(Command{"EXISTS", redis_keys::session(hash)});
    }
    const std::vector<Reply> exist = redis.pipeline(queries);
    std::vector<std::string> gone, open;
    for (std::size_t i = 0; i < hashes.size(); i++) {
        (checked(exist[i]).integer == 0 ? gone : open).push_back(hashes[i]);
    }
    for (std::size_t i = 0; i + sessions_per_account_max <= open.size(); i++) {
        gone.push_back(open[i]);
    }
    return gone;
}

std::string session_detail(std::string_view hash)
{
    return to_text({{"session", public_id(hash)}});
}

// A browser's own words, for a list that people read: cut, and without what is not text.
std::string clean_user_agent(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const bool is_text = length > 1 || (length == 1 && text[0] >= ' ' && text[0] != '\x7f');
        if (out.size() + std::max<std::size_t>(length, 1) > user_agent_length_max) {
            break;
        }
        out.append(is_text ? text.substr(0, length) : "?");
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

}  // namespace

std::string csrf_token(const Secrets& secrets, std::string_view session_hash)
{
    return hmac_sha256_hex(secrets.csrf(), session_hash);
}

std::vector<Command> ending_commands(Store& store, const Account& account,
                                     std::string_view kept_hash)
{
    std::vector<Command> commands;
    for (const std::string& hash : hashes_of(store.redis(), account.name)) {
        if (hash != kept_hash) {
            commands.push_back(Command{"DEL", redis_keys::session(hash)});
            commands.push_back(Command{"ZREM", redis_keys::sessions_of(account.name), hash});
        } else if (auto kept =
                       session_of(store.secrets(), hash, store.redis().call(read_command(hash)))) {
            kept->change = account.change;
            commands.push_back(seal_command(store.secrets(), *kept));
        }
    }
    return commands;
}

SecretText Sessions::start(const SessionStart& start)
{
    SecretText id = random_hex(id_bytes);
    const std::string hash = record_name(store_.secrets(), sha256_hex(id.view()));
    const std::string& user = start.account.name;
    const std::string own = redis_keys::sessions_of(user);
    store_.apply({redis_keys::user(user), own}, [&](std::int64_t time) {
        auto account = Accounts(store_).find(user);
        if (!account || account->password != start.account.password) {
            throw Error(ErrorCode::invalid_credentials, "the account was changed: log in again");
        }
        const std::string now = std::to_string(time);
        Command login{"HSET", redis_keys::user(user), field::last_login_at, now};
        Store::Change change{{login}, {audit_entry("session.start", user, session_detail(hash))}};
        if (start.rehashed) {
            account->password = *start.rehashed;
            change.commands.push_back(account_command(store_.secrets(), *account));
        }
        for (const std::string& gone : surplus_of(store_.redis(), user)) {
            change.commands.push_back(Command{"DEL", redis_keys::session(gone)});
            change.commands.push_back(Command{"ZREM", own, gone});
        }
        change.commands.push_back(seal_command(store_.secrets(), {.hash = hash,
                                                                  .user = user,
                                                                  .change = account->change,
                                                                  .created_at = time,
                                                                  .seen_at = time}));
        change.commands.push_back(
            Command{"HSET", redis_keys::session(hash), field::address, start.address}.add(
                field::user_agent, clean_user_agent(start.user_agent)));
        change.commands.push_back(
            Command{"EXPIRE", redis_keys::session(hash), std::to_string(limits_.idle)});
        change.commands.push_back(Command{"ZADD", own, now, hash});
        change.commands.push_back(Command{"EXPIRE", own, std::to_string(limits_.age)});
        return change;
    });
    return id;
}

std::optional<Session> Sessions::read(std::string_view hash, const Reply& fields,
                                      std::int64_t now) const
{
    auto session = session_of(store_.secrets(), hash, fields);
    if (!session || now >= session->seen_at + limits_.idle ||
        now >= session->created_at + limits_.age) {
        return std::nullopt;
    }
    session->expires_at = session->created_at + limits_.age;
    return session;
}

std::optional<Principal> Sessions::find(std::string_view id, bool background)
{
    if (id.size() != 2 * id_bytes) {
        return std::nullopt;
    }
    const std::string hash = record_name(store_.secrets(), sha256_hex(id));
    const std::int64_t now = store_.now();
    const auto session = read(hash, store_.redis().call(read_command(hash)), now);
    if (!session) {
        return std::nullopt;
    }
    const auto account = Accounts(store_).find(session->user);
    if (!account || account->change != session->change ||
        !is_listed(store_.redis(), account->name, hash)) {
        return std::nullopt;
    }
    if (!background && now >= session->seen_at + session_touch_interval) {
        touch(*session, now);
    }
    return Principal{.name = account->name,
                     .role = account->role,
                     .is_token = false,
                     .session = hash,
                     .csrf_token = csrf_token(store_.secrets(), hash),
                     .expires_at = session->expires_at,
                     .idle_seconds = limits_.idle,
                     .account = account->name};
}

// Watched and read again, so that a session that ends or changes at this moment is not put back.
void Sessions::touch(const Session& session, std::int64_t now)
{
    const std::string name = redis_keys::session(session.hash);
    RedisClient& redis = store_.redis();
    redis.call(Command{"WATCH", name});
    auto current =
        session_of(store_.secrets(), session.hash, redis.call(read_command(session.hash)));
    if (!current) {
        redis.call(Command{"UNWATCH"});
        return;
    }
    current->seen_at = now;
    const std::int64_t left = std::min(limits_.idle, session.expires_at - now);
    redis.transact(
        {seal_command(store_.secrets(), *current), Command{"EXPIRE", name, std::to_string(left)}});
}

void Sessions::list_of(const Account& account, std::int64_t now, std::vector<Session>& sessions)
{
    const std::vector<std::string> hashes = hashes_of(store_.redis(), account.name);
    std::vector<Command> queries;
    for (const std::string& hash : hashes) {
        queries.push_back(read_command(hash));
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    for (std::size_t i = 0; i < replies.size(); i++) {
        auto session = read(hashes[i], replies[i], now);
        if (session && session->user == account.name && session->change == account.change) {
            sessions.push_back(std::move(*session));
        }
    }
}

std::vector<Session> Sessions::list(const std::optional<std::string>& user)
{
    const std::int64_t now = store_.now();
    std::vector<Session> sessions;
    if (!user) {
        for (const Account& account : Accounts(store_).list()) {
            list_of(account, now, sessions);
        }
    } else if (const auto account = Accounts(store_).find(*user)) {
        list_of(*account, now, sessions);
    }
    std::ranges::stable_sort(sessions, std::ranges::greater{}, &Session::seen_at);
    return sessions;
}

void Sessions::end(std::string_view hash, std::string_view user, std::string_view action)
{
    const std::string name = redis_keys::session(hash);
    store_.apply({name}, [&](std::int64_t) {
        if (store_.redis().call(Command{"EXISTS", name}).integer == 0) {
            return Store::Change{};
        }
        return Store::Change{
            {Command{"DEL", name}, Command{"ZREM", redis_keys::sessions_of(user), hash}},
            {audit_entry(action, user, session_detail(hash))}};
    });
}

void Sessions::log_out(std::string_view hash, std::string_view user)
{
    end(hash, user, "session.log_out");
}

void Sessions::end(std::string_view id, const std::optional<std::string>& user)
{
    const std::vector<Session> sessions = list(user);
    const auto found = std::ranges::find(
        sessions, id, [](const Session& session) { return public_id(session.hash); });
    if (found == sessions.end()) {
        throw Error(ErrorCode::not_found, "there is no session " + std::string(id));
    }
    end(found->hash, found->user, "session.end");
}

}  // namespace mmx::admin
