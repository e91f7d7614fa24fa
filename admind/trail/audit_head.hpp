#pragma once

// Where the audit trail begins and ends, sealed under the secret file: the chain alone tells of
// neither, since whatever is left of it still holds. Who can write to Redis alone can put back an
// older trail with its head, and nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secrets.hpp"
#include "redis/client.hpp"
#include "trail/audit_keys.hpp"

namespace mmx::admin {

struct AuditHead {
    std::int64_t count = 0;       // entries there ever were, which is the newest one's number
    std::string hash;             // of the newest; empty: there is none
    std::int64_t first = 1;       // the number of the oldest that is kept
    std::string before;           // the hash of the one before that; empty: there was none
    std::int64_t first_time = 0;  // when the oldest that is kept was written; seconds since 1970
    // The number of the entry that was written when no head was found, or the trail did not fit
    // it: what stands before that one is not vouched for. 0: there was no such thing.
    std::int64_t doubtful = 0;
    // Oldest first, while entries are kept that need them.
    std::vector<EarlierAuditKey> earlier;

    std::int64_t kept() const noexcept { return count - first + 1; }
};

std::string sealed_head(const Secrets& secrets, const AuditHead& head);
std::optional<AuditHead> open_head(const Secrets& secrets, std::string_view sealed);

struct FoundHead {
    enum class State {
        good,
        older,  // of a release that kept none, or nothing was written yet: made of the trail
        lost    // it is missing where it cannot be, or does not open: made of the trail
    };
    AuditHead head;
    State state = State::good;
};

// sealed and check: what Redis holds of the head, and as the settings' check. Throws Error.
FoundHead find_head(RedisClient& redis, const Secrets& secrets, std::string_view sealed,
                    std::string_view check);

}  // namespace mmx::admin
