#pragma once

// What an attempt at a change adds to the audit trail: its entries behind the newest one, and the
// trail's new head. Beside them entries of its own: that a trail of before was adopted, that its
// head was lost, and that the oldest entries were cut, which go by age, or beyond audit_length_max.
// The hash of each needs the secret file, so that no script in Redis can write one: what was read
// is watched instead, and nobody but who makes changes writes there. Throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secrets.hpp"
#include "redis/client.hpp"
#include "trail/audit.hpp"
#include "trail/audit_head.hpp"

namespace mmx::admin {

class AuditWriter {
public:
    AuditWriter(RedisClient& redis, const Secrets& secrets) : redis_(redis), secrets_(secrets) {}

    // mmx:audit and mmx:audit:head are watched. Without entries, only what is due by itself.
    std::vector<Command> append(std::vector<AuditEntry> entries, std::int64_t now);

    // Makes the transaction that they are in: its replies, or nothing where somebody else changed
    // what is watched. Each entry that was written, or may have been, becomes a line of the
    // journal.
    std::optional<std::vector<Reply>> transact(const std::vector<Command>& commands);

private:
    void tell(bool unsure) const;  // unsure: nobody knows whether they were written
    void begin();
    void cut();
    void cut_before(const std::vector<AuditEntry>& oldest, std::size_t count, std::string_view why);
    void add_own(std::string_view action, std::string detail);
    void add(AuditEntry entry);

    RedisClient& redis_;
    const Secrets& secrets_;
    std::int64_t now_ = 0;
    AuditHead head_;
    std::vector<Command> commands_;
    std::vector<std::pair<std::int64_t, AuditEntry>> added_;  // with their numbers
};

}  // namespace mmx::admin
