#include "redis/client.hpp"

#include <hiredis/hiredis.h>

#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "lib/redis_refusal.hpp"
#include "lib/server_info.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view client_name = "mmx-admind";

timeval to_timeval(std::chrono::milliseconds time)
{
    return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

Reply convert(const redisReply& raw)
{
    Reply reply;
    switch (raw.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        reply.kind = Reply::Kind::text;
        reply.text.assign(raw.str, raw.len);
        break;
    case REDIS_REPLY_ERROR:
        reply.kind = Reply::Kind::error;
        reply.text.assign(raw.str, raw.len);
        break;
    case REDIS_REPLY_INTEGER:
        reply.kind = Reply::Kind::integer;
        reply.integer = raw.integer;
        break;
    case REDIS_REPLY_ARRAY:
        reply.kind = Reply::Kind::array;
        reply.elements.reserve(raw.elements);
        for (std::size_t i = 0; i < raw.elements; i++) {
            reply.elements.push_back(convert(*raw.element[i]));
        }
        break;
    default: break;
    }
    return reply;
}

// Whether another server, or another password, may do what this connection cannot. BUSY is not
// among them: a script that runs long ends, and the server stays the same.
bool is_at_an_end(RedisRefusal refusal)
{
    return refusal == RedisRefusal::read_only || refusal == RedisRefusal::loading ||
           refusal == RedisRefusal::credentials;
}

}  // namespace

void append(std::vector<Command> more, std::vector<Command>& commands)
{
    std::ranges::move(more, std::back_inserter(commands));
}

bool is_of_another_kind(const Reply& reply) noexcept
{
    return reply.is_error() && reply.text.starts_with("WRONGTYPE");
}

const Reply& checked(const Reply& reply)
{
    if (reply.is_error()) {
        throw Error(ErrorCode::redis_refused, "Redis refused: " + reply.text);
    }
    return reply;
}

const Reply& checked_or_nil(const Reply& reply)
{
    static const Reply none;
    return is_of_another_kind(reply) ? none : checked(reply);
}

void RedisClient::Free::operator()(redisContext* context) const noexcept
{
    redisFree(context);
}

RedisClient::RedisClient(const RedisUrl& url, std::string_view password, RedisTimeouts timeouts)
    : where_(url.display())
{
    const timeval connect_timeout = to_timeval(timeouts.connect);
    context_.reset(url.is_unix
                       ? redisConnectUnixWithTimeout(url.path.c_str(), connect_timeout)
                       : redisConnectWithTimeout(url.host.c_str(), url.port, connect_timeout));
    if (!context_ || context_->err != 0) {
        fail("cannot connect to");
    }
    if (redisSetTimeout(context_.get(), to_timeval(timeouts.reply)) != REDIS_OK) {
        fail("cannot set the timeout for");
    }
    if (!password.empty()) {
        call(url.user.empty() ? Command{"AUTH", password} : Command{"AUTH", url.user, password});
    }
    // The name only helps an operator who reads CLIENT LIST: a user without that right may go on.
    pipeline({Command{"CLIENT", "SETNAME", client_name}});
    if (url.database != 0) {
        call(Command{"SELECT", std::to_string(url.database)});
    }
}

RedisClient::~RedisClient() = default;

bool RedisClient::is_usable() const noexcept
{
    if (!context_) {
        return false;
    }
    // Nothing is due between commands: whatever can be read is an end, or a reply of nobody's.
    pollfd watched{.fd = context_->fd, .events = POLLIN, .revents = 0};
    return poll(&watched, 1, 0) == 0;
}

void RedisClient::fail(const std::string& doing)
{
    why_ = doing + " Redis at " + where_ + ": " +
           (context_ ? context_->errstr : std::string("out of memory"));
    context_.reset();
    throw Error(ErrorCode::redis_unavailable, why_);
}

void RedisClient::require_connection() const
{
    if (!context_) {
        throw Error(ErrorCode::redis_unavailable,
                    "the connection to Redis at " + where_ + " was lost");
    }
}

void RedisClient::send(const Command& command)
{
    require_connection();
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const std::string& word : command.words()) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                               lengths.data()) != REDIS_OK) {
        fail("cannot write to");
    }
}

Reply RedisClient::receive()
{
    void* raw = nullptr;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK || raw == nullptr) {
        fail("no answer from");
    }
    const std::unique_ptr<void, void (*)(void*)> owner(raw, freeReplyObject);
    Reply reply = convert(*static_cast<redisReply*>(raw));
    if (reply.is_error() && is_at_an_end(refusal_of(reply.text))) {
        why_ = "Redis at " + where_ + " is not to be used now: " + reply.text;
    }
    return reply;
}

void RedisClient::require_primary(std::chrono::milliseconds age)
{
    const auto now = std::chrono::steady_clock::now();
    if (role_asked_ && now - *role_asked_ < age) {
        return;
    }
    const Reply info = pipeline({Command{"INFO", "replication"}}).front();
    role_asked_ = now;
    if (!info.is_error() && parse_server_info(info.text).replica) {
        why_ = "Redis at " + where_ + " is a replica and takes no writes";
    }
    if (has_failed()) {
        throw Error(ErrorCode::redis_unavailable, why_);
    }
}

Reply RedisClient::call(const Command& command)
{
    send(command);
    Reply reply = receive();
    checked(reply);
    return reply;
}

std::vector<Reply> RedisClient::pipeline(const std::vector<Command>& commands)
{
    for (const Command& command : commands) {
        send(command);
    }
    std::vector<Reply> replies;
    replies.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); i++) {
        replies.push_back(receive());
    }
    return replies;
}

Reply RedisClient::formatted(std::string_view wire)
{
    require_connection();
    if (redisAppendFormattedCommand(context_.get(), wire.data(), wire.size()) != REDIS_OK) {
        fail("cannot write to");
    }
    return receive();
}

std::optional<std::vector<Reply>> RedisClient::transact(const std::vector<Command>& commands)
{
    std::vector<Command> all{Command{"MULTI"}};
    all.insert(all.end(), commands.begin(), commands.end());
    all.push_back(Command{"EXEC"});
    std::vector<Reply> replies;
    try {
        replies = pipeline(all);
    } catch (const Error& error) {
        throw Error(ErrorCode::outcome_unknown,
                    std::string(error.what()) +
                        "; the change may have been made or not: look before you repeat it");
    }
    // What a command was refused for when it was queued says more than EXEC's own EXECABORT.
    for (const Reply& reply : replies) {
        checked(reply);
    }
    if (replies.back().is_nil()) {
        return std::nullopt;
    }
    for (const Reply& reply : replies.back().elements) {
        checked(reply);
    }
    return std::move(replies.back().elements);
}

}  // namespace mmx::admin
