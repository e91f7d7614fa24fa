#include "check/trial_commit.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "lib/commit.hpp"
#include "lib/encoding.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"
#include "lib/redis_refusal.hpp"
#include "lib/scripts/scripts.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::string_view subject = "commits";
constexpr std::string_view scratch_seconds = "60";
constexpr std::string_view scratch_user = "mmx-admind check";
// Two days of two months, so that the live figures move to their archive.
constexpr std::string_view yesterday = "2026-10-31", today = "2026-11-01";
constexpr std::int64_t now = 1'790'000'000;
constexpr std::uint64_t sequence = 1'790'000'000'000'000;
constexpr std::int64_t retention = 60;
constexpr std::uint32_t asked = 2;

// Nobody's: a key's id is all digits, and this one is not.
KeyId scratch_id()
{
    KeyId id{};
    std::string text = "check-";
    text.append(random_hex(id.hex.size() / 2).view());
    std::copy_n(text.begin(), id.hex.size(), id.hex.begin());
    return id;
}

std::string sha1_hex(std::string_view text)
{
    std::array<std::uint8_t, SHA_DIGEST_LENGTH> hash{};
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
    return to_hex(hash);
}

// A commit that touches all there is: two archives, the time of use, a settlement.
struct Trial {
    KeyId id = scratch_id();
    std::string record = redis_keys::record(id), about = redis_keys::about(id);
    std::vector<std::string> months{"2026-10", "2026-11"};
    std::vector<Settlement> settlements = settled();

    static std::vector<Settlement> settled()
    {
        Settlement settlement;
        std::ranges::copy(today, settlement.date.begin());
        settlement[Figure::refunds] = 1;
        return {settlement};
    }

    std::string wire(std::string_view verb, std::string_view script) const
    {
        std::string out;
        append_commit(out, verb, script,
                      {.id = id,
                       .worker_field = "seq.check",
                       .sequence = sequence,
                       .date = today,
                       .now = now,
                       .asked = asked,
                       .again = false,
                       .about = true,
                       .networks = {},
                       .retention = retention,
                       .refund_bound = refund_bound_default,
                       .archive_months = months,
                       .settlements = settlements});
        return out;
    }

    std::vector<Command> preparation() const
    {
        return {Command{"HSET", record, field::state, "active"}
                    .add(field::day, "10")
                    .add(field::live_day, yesterday),
                Command{"EXPIRE", record, scratch_seconds},
                Command{"HSET", about, field::user, scratch_user},
                Command{"EXPIRE", about, scratch_seconds}};
    }

    Command removal() const
    {
        Command command{"UNLINK", record, about};
        for (const std::string& month : months) {
            command.add(redis_keys::archive(id, month));
        }
        return command;
    }
};

// The commands of the script that Redis lets this user do nothing with: of one that it refuses
// within a script, not every version tells the name.
std::string refused_commands(RedisClient& redis, const Trial& trial)
{
    const std::vector<Command> commands{Command{"HMGET", trial.record, "f"},
                                        Command{"HGET", trial.record, "f"},
                                        Command{"HSET", trial.record, "f", "1"},
                                        Command{"HDEL", trial.record, "f"},
                                        Command{"HKEYS", trial.record},
                                        Command{"HLEN", trial.record},
                                        Command{"EXPIRE", trial.record, scratch_seconds}};
    const std::vector<Reply> replies = redis.pipeline(commands);
    std::string names;
    for (std::size_t i = 0; i < replies.size(); i++) {
        if (replies[i].is_error() && refusal_of(replies[i].text) == RedisRefusal::forbidden) {
            names += (names.empty() ? " (it may not " : ", ") + commands[i].words().front();
        }
    }
    return names.empty() ? names : names + ")";
}

std::string refused(std::string_view what, const Reply& reply)
{
    return std::string(what) + " is refused: " + reply.text;
}

// As EVALSHA, and where that is refused, as EVAL.
std::string commit_fault(RedisClient& redis, const Trial& trial, std::string_view text)
{
    Reply reply = redis.formatted(trial.wire("EVALSHA", sha1_hex(text)));
    if (reply.is_error() && refusal_of(reply.text) != RedisRefusal::other) {
        reply = redis.formatted(trial.wire("EVAL", text));
    }
    if (reply.is_error()) {
        return refused("the commit script", reply) + refused_commands(redis, trial);
    }
    const std::string due =
        std::to_string(sequence) + " 0 2 2 2 10 0 0 0 0 0 0 u" + std::string(scratch_user);
    if (reply.text != due) {
        return "the script answers \"" + reply.text.substr(0, 100) + "\" instead of \"" + due +
               "\"";
    }
    const Reply counted = redis.pipeline({Command{"HGET", trial.record, "d.requests"}}).front();
    return counted.text == std::to_string(asked)
               ? ""
               : "the script says that it counted, and nothing is counted";
}

// What is wrong, or nothing. On a scratch key of its own: a script that was refused midway leaves
// what it wrote.
std::string fault_of_attempt(RedisClient& redis, std::string_view flags)
{
    const Trial trial;
    const std::vector<Command> preparation = trial.preparation();
    const std::vector<Reply> prepared = redis.pipeline(preparation);
    std::string fault;
    for (std::size_t i = 0; i < prepared.size() && fault.empty(); i++) {
        if (prepared[i].is_error()) {
            fault = refused(preparation[i].words().front(), prepared[i]);
        }
    }
    if (fault.empty()) {
        fault = commit_fault(redis, trial, std::string(flags) + std::string(scripts::commit));
    }
    const Reply removed = redis.pipeline({trial.removal()}).front();
    return removed.is_error() && fault.empty() ? refused("UNLINK", removed) : fault;
}

}  // namespace

void check_commit(RedisClient& redis, Findings& findings)
{
    std::string fault = fault_of_attempt(redis, scripts::allow_oom);
    if (!fault.empty()) {  // perhaps it cannot read the flags
        fault = fault_of_attempt(redis, {});
    }
    if (!fault.empty()) {
        findings.push_back({Finding::Level::fail, std::string(subject), fault,
                            "allow it to this user and to the gateway's, as conf/users.acl does"});
        return;
    }
    findings.push_back({Finding::Level::ok, std::string(subject),
                        "the gateway's script counts on a scratch key", ""});
}

}  // namespace mmx::admin
