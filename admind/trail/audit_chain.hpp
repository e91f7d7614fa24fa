#pragma once

// The audit trail's entries as Redis holds them, and a walk along their chain. Throws Error.

#include <cstdint>
#include <functional>
#include <string>

#include "redis/client.hpp"
#include "trail/audit.hpp"
#include "trail/audit_keys.hpp"

namespace mmx::admin {

inline constexpr std::size_t audit_batch = 500;  // entries read in one round trip

// One element of what XRANGE answers.
AuditEntry read_entry(const Reply& item);

struct AuditChain {
    std::int64_t entries = 0;
    std::string before;           // the hash of the one before the oldest, as that one says
    std::int64_t first_time = 0;  // the oldest one's
    std::string last;             // the newest one's hash
    std::string fault;            // the first that was found; empty: each entry follows the other
};

// From the oldest entry to the one with this stream id, or `+`: to the newest.
AuditChain walk_chain(RedisClient& redis, AuditKeys keys, const std::string& end,
                      const std::function<void(const AuditEntry&)>& seen = {});

}  // namespace mmx::admin
