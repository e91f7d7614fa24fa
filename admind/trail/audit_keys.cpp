#include "trail/audit_keys.hpp"

namespace mmx::admin {

AuditKeys::AuditKeys(const Secrets& secrets, const std::vector<EarlierAuditKey>& earlier)
{
    for (const EarlierAuditKey& key : earlier) {
        if (const auto opened = secrets.open_audit_key(key.sealed)) {
            keys_.push_back(*opened);
        }
    }
    keys_.push_back(secrets.audit());
}

bool AuditKeys::made(const AuditEntry& entry)
{
    for (std::size_t i = at_; i < keys_.size(); i++) {
        if (entry.hash == audit_hash(keys_[i], entry)) {
            at_ = i;
            return true;
        }
    }
    return false;
}

}  // namespace mmx::admin
