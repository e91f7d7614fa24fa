#include "store/audit.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"

namespace mmx::admin {

AuditEntry audit_entry(std::string_view action, std::string_view object, std::string detail)
{
    AuditEntry entry;
    entry.action = action;
    entry.object = object;
    entry.detail = std::move(detail);
    return entry;
}

std::vector<AuditEntry>
batch_entries(std::string_view action, const std::vector<KeyId>& ids,
              const std::function<std::string(std::size_t begin, std::size_t count)>& detail)
{
    std::vector<AuditEntry> entries;
    for (std::size_t begin = 0; begin < ids.size(); begin += audit_ids_max) {
        const std::size_t count = std::min(audit_ids_max, ids.size() - begin);
        entries.push_back(audit_entry(
            action, count == 1 ? std::string(ids[begin].view()) : std::to_string(count) + " keys",
            detail(begin, count)));
    }
    return entries;
}

std::string audit_hash(const SubKey& key, const AuditEntry& entry)
{
    // A JSON array tells where one member ends and the next begins, whatever they hold. Text that
    // is not UTF-8 was not written by us: replaced, it gives another hash.
    nlohmann::json members = {entry.prev,   entry.time,   entry.actor,
                              entry.action, entry.object, entry.detail};
    if (!entry.address.empty()) {
        members.push_back(entry.address);
    }
    const std::string text = members.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return hmac_sha256_hex(key, text);
}

std::string cli_actor()
{
    const uid_t user = getuid();
    const passwd* entry = getpwuid(user);
    return "cli:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(user));
}

}  // namespace mmx::admin
