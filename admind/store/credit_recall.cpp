#include "store/credit_recall.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "lib/commit.hpp"
#include "lib/redis_keys.hpp"
#include "lib/scripts/scripts.hpp"
#include "store/key_rights.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;
using std::chrono::milliseconds;

constexpr std::size_t recall_max = 1000;        // ids in one call of the script
constexpr milliseconds look_again{5};           // Redis tells nobody when a field becomes nothing
constexpr milliseconds slack{20};               // of two monotonic clocks, and the way there
constexpr std::int64_t lease_default_ms = 100;  // where no gateway has said what it goes by

// Whether credit of it may be out still. Of a record that is gone nothing tells; one that was
// rotated took its credit along.
bool is_out(RedisClient& redis, const KeyId& id)
{
    const std::vector<Reply> record = redis
                                          .call(Command{"HMGET", redis_keys::record(id),
                                                        field::state, field::credit, field::alias})
                                          .elements;
    if (record.at(0).is_nil()) {
        return true;
    }
    const auto alias =
        record.at(0).text == state_rotated ? KeyId::parse(record.at(2).text) : std::nullopt;
    return credit_out(
               alias ? redis.call(Command{"HGET", redis_keys::record(*alias), field::credit}).text
                     : record.at(1).text) > 0;
}

}  // namespace

CreditRecall::CreditRecall(std::span<const KeyId> ids) : ids_(ids.begin(), ids.end()) {}

std::vector<Command> CreditRecall::before() const
{
    if (ids_.empty()) {
        return {};
    }
    Command lent{"EVAL", scripts::lent, std::to_string(ids_.size())};
    for (const KeyId& id : ids_) {
        lent.add(redis_keys::record(id));
    }
    return {lent};
}

std::vector<Command> CreditRecall::behind() const
{
    std::vector<Command> commands;
    for (std::size_t begin = 0; begin < ids_.size(); begin += recall_max) {
        Command recall{"EVAL", scripts::recall, "2", redis_keys::recalls, redis_keys::leases};
        for (const KeyId& id :
             std::span(ids_).subspan(begin, std::min(recall_max, ids_.size() - begin))) {
            recall.add(id.view());
        }
        commands.push_back(std::move(recall));
    }
    return commands;
}

void CreditRecall::await(RedisClient& redis, std::span<const Reply> replies) const
{
    std::vector<KeyId> out;
    for (std::size_t i = 0; i < ids_.size(); i++) {
        if (credit_out(replies.front().elements.at(i).text) > 0) {
            out.push_back(ids_[i]);
        }
    }
    if (out.empty()) {
        return;
    }
    const std::int64_t told = lease_told(replies.back().text);
    const auto until =
        std::chrono::steady_clock::now() + slack + milliseconds(told > 0 ? told : lease_default_ms);
    while (!out.empty() && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(look_again);
        std::erase_if(out, [&](const KeyId& id) { return !is_out(redis, id); });
    }
}

}  // namespace mmx::admin
