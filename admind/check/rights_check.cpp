#include "check/rights_check.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "redis/user_rights.hpp"

namespace mmx::admin {
namespace {

using Level = Finding::Level;

constexpr std::string_view subject = "Redis rights";
constexpr std::string_view advice =
    "give each program a user of its own and `default` what conf/users.acl gives them "
    "(conf/redis_users.sh)";

void add(Level level, std::string message, Findings& findings)
{
    findings.push_back({level, std::string(subject), std::move(message),
                        level == Level::ok ? "" : std::string(advice)});
}

std::optional<UserRights> rights_of_user(RedisClient& redis, std::string_view name)
{
    return rights_of(redis.call(Command{"ACL", "GETUSER", name}), [&](std::string_view category) {
        std::vector<std::string> commands;
        for (const Reply& command : redis.call(Command{"ACL", "CAT", category}).elements) {
            commands.push_back(command.text);
        }
        return commands;
    });
}

void judge(std::string_view name, const UserRights& has, const UserRights& needed,
           Findings& findings)
{
    const std::string user = "user " + std::string(name);
    const std::string more = beyond(has, needed);
    const std::string less = has.is_on ? missing(has, needed) : "to log in: it is off";
    if (!more.empty()) {
        add(Level::fail, user + " may do more than it needs: " + more, findings);
    }
    if (!less.empty()) {
        add(Level::fail, user + " may not do what it needs: " + less, findings);
    }
    if (more.empty() && less.empty()) {
        add(Level::ok, user + " may do what it needs and no more", findings);
    }
}

// Redis reads its append-only file as the user `default`, whether that is on or off, and drops a
// transaction that holds what it may not do: all changes made here would be gone
// (redis/redis#14541, valkey-io/valkey#3983).
void check_default(RedisClient& redis, Findings& findings)
{
    const UserRights rights = rights_of_user(redis, "default").value_or(UserRights{});
    const bool may_all = rights.words.contains("+@all") && rights.words.contains("~*");
    if (!rights.is_on && !may_all) {
        add(Level::fail,
            "the user `default` is off, as it should be, but has no rights either: a Redis that "
            "starts anew reads its file as that user, and drops what it may not do",
            findings);
    } else if (rights.is_on) {
        add(Level::fail,
            rights.words.contains("nopass")
                ? "whoever reaches this Redis comes in without a name or a password, and may do "
                  "what the user `default` may"
                : "the user `default` is on: whoever has its password needs no name, and may do "
                  "what it may",
            findings);
    }
}

}  // namespace

void check_rights(RedisClient& redis, Findings& findings)
{
    const std::vector<Reply> replies =
        redis.pipeline({Command{"ACL", "WHOAMI"}, Command{"ACL", "GETUSER", "default"},
                        Command{"ACL", "CAT", "hash"}});
    const auto refused = std::ranges::find_if(replies, &Reply::is_error);
    if (refused != replies.end()) {
        add(Level::warn, "who may do what is not told: " + refused->text, findings);
        return;
    }
    const Reply& own = replies.front();
    check_default(redis, findings);
    if (own.text == "default") {
        return;
    }
    judge(own.text, rights_of_user(redis, own.text).value_or(UserRights{}),
          shipped_rights(admind_user), findings);
    const auto gateway = rights_of_user(redis, gateway_user);
    if (gateway) {
        judge(gateway_user, *gateway, shipped_rights(gateway_user), findings);
    } else {
        add(Level::warn,
            "there is no user " + std::string(gateway_user) +
                ": what the gateway's may do is not looked at",
            findings);
    }
}

}  // namespace mmx::admin
