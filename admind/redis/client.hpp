#pragma once

// One blocking connection to Redis. Not shared between threads. Every wait has a bound; a
// connection that failed is dead and says so, it is never used again. So is one to a server that
// takes no writes, or is loading, or knows our password no more: what it is asked meanwhile it
// still answers, but the next connection is made by looking up the name again, and reading the
// password.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/redis_url.hpp"

struct redisContext;

namespace mmx::admin {

struct RedisTimeouts {
    std::chrono::milliseconds connect{3000};
    std::chrono::milliseconds reply{10000};
};

// A command's words, binary safe: `Command{"HSET", key}.add(field, value)`.
class Command {
public:
    Command(std::initializer_list<std::string_view> words) : words_(words.begin(), words.end()) {}

    Command& add(std::string_view word)
    {
        words_.emplace_back(word);
        return *this;
    }
    Command& add(std::string_view field, std::string_view value) { return add(field).add(value); }

    const std::vector<std::string>& words() const noexcept { return words_; }

private:
    std::vector<std::string> words_;
};

// Puts more commands behind the others.
void append(std::vector<Command> more, std::vector<Command>& commands);

struct Reply {
    enum class Kind { nil, text, integer, array, error };
    Kind kind = Kind::nil;
    std::string text;  // of text and error
    std::int64_t integer = 0;
    std::vector<Reply> elements;

    bool is_nil() const noexcept { return kind == Kind::nil; }
    bool is_error() const noexcept { return kind == Kind::error; }
};

class RedisClient {
public:
    // Looks up the host's name, connects, authenticates, names the connection and selects the
    // database; throws Error.
    RedisClient(const RedisUrl& url, std::string_view password, RedisTimeouts timeouts = {});
    ~RedisClient();
    RedisClient(const RedisClient&) = delete;
    RedisClient& operator=(const RedisClient&) = delete;

    // Whether a new connection, perhaps to another server, must take this one's place; and why.
    bool has_failed() const noexcept { return !context_ || !why_.empty(); }
    const std::string& why() const noexcept { return why_; }

    // Asks the server whether it is a replica, unless that was done no longer ago than age; throws
    // Error{redis_unavailable} when it is. One that may not be asked tells when it refuses a write.
    void require_primary(std::chrono::milliseconds age);

    // Between commands: whether the connection has neither failed nor been closed by Redis.
    bool is_usable() const noexcept;

    // The reply; an error reply is thrown.
    Reply call(const Command& command);

    // The replies in order, in one round trip. Error replies are values here.
    std::vector<Reply> pipeline(const std::vector<Command>& commands);

    // The reply to a command that stands as it goes over the wire, as lib/commit.hpp writes it. An
    // error reply is a value.
    Reply formatted(std::string_view wire);

    // MULTI, the commands, EXEC. Nothing when a watched name was changed by somebody else. When the
    // connection is lost on the way, nobody knows whether it happened: ErrorCode::outcome_unknown.
    std::optional<std::vector<Reply>> transact(const std::vector<Command>& commands);

private:
    struct Free {
        void operator()(redisContext* context) const noexcept;
    };

    void require_connection() const;
    void send(const Command& command);
    Reply receive();
    [[noreturn]] void fail(const std::string& doing);

    std::unique_ptr<redisContext, Free> context_;
    std::string where_;  // for messages; never with credentials
    std::string why_;    // has_failed(); never with credentials
    std::optional<std::chrono::steady_clock::time_point> role_asked_;
};

// Whether the name that was asked for holds something of another kind: no command of ours left it
// there.
bool is_of_another_kind(const Reply& reply) noexcept;

// checked(); of a name that holds something of another kind a reply that is nil.
const Reply& checked_or_nil(const Reply& reply);

// Throws an error reply as Error{redis_refused}.
const Reply& checked(const Reply& reply);

}  // namespace mmx::admin
