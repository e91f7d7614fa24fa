#pragma once

// Which key an entry of the trail was hashed with, in a Redis that was moved to another secret
// file. Entries of before stay as they are, so that a hash that was noted elsewhere is still found;
// the first of each secret holds the hash of the last one before, so who knows an old key can alter
// nothing of what it hashed.

#include <cstdint>
#include <string>
#include <vector>

#include "base/secrets.hpp"
#include "trail/audit.hpp"

namespace mmx::admin {

// Of a secret before this one: the key that it hashed entries with.
struct EarlierAuditKey {
    std::int64_t until = 0;  // the number of the last of them
    std::string sealed;      // Secrets::seal_audit_key()
};

// The keys in their order: who walks from the oldest entry on asks about each of them once.
class AuditKeys {
public:
    AuditKeys(const Secrets& secrets, const std::vector<EarlierAuditKey>& earlier);

    // Whether it was hashed with the key that the one before was, or with a later one.
    bool made(const AuditEntry& entry);

private:
    std::vector<SubKey> keys_;
    std::size_t at_ = 0;
};

}  // namespace mmx::admin
