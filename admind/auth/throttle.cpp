#include "auth/throttle.hpp"

#include <algorithm>

#include "base/digest.hpp"
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

Throttle::Throttle(Store& store)
    : store_(store), redis_(store.redis()), network_(counted_network(store.address())),
      of_address_(redis_keys::login(network_))
{
}

std::int64_t Throttle::run(const std::string& name, std::string_view step)
{
    // Strangers choose addresses, and the script keeps a bound on these.
    const bool bounded = name == of_address_;
    Command command{"EVAL", scripts::throttle, bounded ? "3" : "1", name};
    if (bounded) {
        command.add(redis_keys::login_addresses).add(redis_keys::login_others);
    }
    return redis_
        .call(command.add(step)
                  .add(std::to_string(attempts_free))
                  .add(std::to_string(attempt_delay_max))
                  .add(std::to_string(attempts_remembered))
                  .add(std::to_string(failure_note_interval))
                  .add(std::to_string(addresses_counted_max)))
        .integer;
}

Standing Throttle::standing(std::string_view name, bool is_account)
{
    // Asked for any name: whether there is an account shows not even in how long this takes.
    const bool at_home =
        !name.empty() &&
        !redis_.call(Command{"ZSCORE", redis_keys::login_homes(name), network_}).text.empty();
    if (!is_account) {
        return Standing::unknown;
    }
    return at_home ? Standing::home : Standing::account;
}

std::vector<std::string> Throttle::counters(std::string_view name, Standing standing) const
{
    if (name.empty()) {
        return {of_address_};
    }
    switch (standing) {
    case Standing::home: return {redis_keys::login_at_home(name, network_)};
    case Standing::account: return {of_address_, redis_keys::login_of(name)};
    case Standing::unknown: break;
    }
    const std::string share =
        hmac_sha256_hex(store_.secrets().name(), "log-in " + std::string(name));
    return {of_address_, redis_keys::login_unknown(share.substr(0, unknown_share_digits))};
}

CountedAttempt Throttle::attempt(std::string_view name, bool is_account)
{
    CountedAttempt attempt{.standing = standing(name, is_account)};
    for (const std::string& counter : counters(name, attempt.standing)) {
        if (const std::int64_t left = run(counter, "attempt"); left > 0) {
            take_back(attempt);
            const std::int64_t seconds = seconds_up(left);
            throw Error::too_many("too many failed attempts: try again in " +
                                      std::to_string(seconds) + " s",
                                  seconds);
        }
        attempt.counters.push_back(counter);
    }
    return attempt;
}

void Throttle::take_back(const CountedAttempt& attempt)
{
    for (const std::string& counter : attempt.counters) {
        run(counter, "take back");
    }
}

void Throttle::pass(const CountedAttempt& attempt, std::string_view account)
{
    take_back(attempt);
    if (!account.empty()) {
        redis_.call(Command{"DEL", redis_keys::login_of(account),
                            redis_keys::login_at_home(account, network_)});
        make_home(account);
    }
}

void Throttle::make_home(std::string_view account)
{
    const std::string homes = redis_keys::login_homes(account);
    const std::int64_t now = store_.now();
    const std::vector<Reply> replies = redis_.pipeline(
        {Command{"ZADD", homes, std::to_string(now), network_},
         Command{"ZREMRANGEBYSCORE", homes, "-inf", std::to_string(now - home_kept)},
         Command{"ZREMRANGEBYRANK", homes, "0", std::to_string(-homes_per_account_max - 1)},
         Command{"EXPIRE", homes, std::to_string(home_kept)}});
    for (const Reply& reply : replies) {
        checked(reply);
    }
}

std::int64_t Throttle::fail()
{
    return run(of_address_, "fail");
}

void Throttle::look_up()
{
    const std::string name = redis_keys::lookup(network_);
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

std::vector<Command> forgetting_commands(std::string_view account)
{
    return {Command{"DEL", redis_keys::login_homes(account), redis_keys::login_of(account)}};
}

}  // namespace mmx::admin
