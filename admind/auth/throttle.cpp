#include "auth/throttle.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "lib/networks.hpp"
#include "lib/redis_keys.hpp"
#include "lib/scripts/scripts.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t minute_ms = 60000;

std::int64_t seconds_up(std::int64_t ms)
{
    return std::max<std::int64_t>((ms + 999) / 1000, 1);
}

}  // namespace

Throttle::Throttle(RedisClient& redis, std::string_view address)
    : redis_(redis), address_(counted_network(address))
{
}

std::int64_t Throttle::run(const std::string& name, std::string_view step)
{
    return redis_
        .call(Command{"EVAL", scripts::throttle, "1", name, step}
                  .add(std::to_string(attempts_free))
                  .add(std::to_string(attempt_delay_max))
                  .add(std::to_string(attempts_remembered))
                  .add(std::to_string(failure_note_interval)))
        .integer;
}

void Throttle::attempt(std::string_view account)
{
    std::int64_t left = run(redis_keys::login(address_), "attempt");
    if (left == 0 && !account.empty() &&
        redis_.call(Command{"EXISTS", redis_keys::login_known(account, address_)}).integer == 0) {
        left = run(redis_keys::login_of(account), "attempt");
    }
    if (left > 0) {
        const std::int64_t seconds = seconds_up(left);
        throw Error::too_many(
            "too many failed attempts: try again in " + std::to_string(seconds) + " s", seconds);
    }
}

void Throttle::pass(std::string_view account)
{
    run(redis_keys::login(address_), "pass");
    if (account.empty()) {
        return;
    }
    redis_.call(Command{"DEL", redis_keys::login_of(account)});
    redis_.call(Command{"SET", redis_keys::login_known(account, address_), "1", "EX",
                        std::to_string(address_known)});
}

std::int64_t Throttle::fail()
{
    return run(redis_keys::login(address_), "fail");
}

void Throttle::look_up()
{
    const std::string name = redis_keys::lookup(address_);
    const std::vector<Reply> replies =
        redis_.pipeline({Command{"SET", name, "0", "PX", std::to_string(minute_ms), "NX"},
                         Command{"INCR", name}, Command{"PTTL", name}});
    const std::int64_t count = checked(replies[1]).integer;
    std::int64_t left = checked(replies[2]).integer;
    if (left < 0) {  // it expired between the first and the second command
        redis_.call(Command{"PEXPIRE", name, std::to_string(minute_ms)});
        left = minute_ms;
    }
    if (count > lookups_per_minute_max) {
        const std::int64_t seconds = seconds_up(left);
        throw Error::too_many("too many requests: try again in " + std::to_string(seconds) + " s",
                              seconds);
    }
}

}  // namespace mmx::admin
