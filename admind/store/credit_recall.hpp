#pragma once

// Calls back what gateways were lent of keys that change, and waits until they have given it back.
// Then a change holds for every request that comes: what credit was out let nobody in any more. A
// gateway that is cut off, or gone, cannot hold that up longer than its credit holds.

#include <cstdint>
#include <span>
#include <vector>

#include "lib/api_key.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

class CreditRecall {
public:
    explicit CreditRecall(std::span<const KeyId> ids);

    // In one transaction with the change: what is out before it, and, behind it, the recall.
    std::vector<Command> before() const;
    std::vector<Command> behind() const;

    // The transaction was made; replies: to all of it, which began with before() and ended with
    // behind(). Returns when nothing is out of these keys any more, or when what was has ceased to
    // hold. Throws Error.
    void await(RedisClient& redis, std::span<const Reply> replies) const;

private:
    std::vector<KeyId> ids_;
};

}  // namespace mmx::admin
