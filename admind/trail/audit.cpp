#include "trail/audit.hpp"

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

bool is_audit_hash(std::string_view text)
{
    constexpr std::size_t digits = 64;
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string audit_line(std::int64_t number, const AuditEntry& entry, bool unsure)
{
    constexpr std::size_t name_max = 256, detail_max = 1024;  // bytes
    const auto cut = [](std::string_view text, std::size_t max) {
        return text.size() > max ? std::string(text.substr(0, max)) + "…" : std::string(text);
    };
    nlohmann::ordered_json json = {{"number", number},
                                   {"hash", entry.hash},
                                   {"time", entry.time},
                                   {"actor", cut(entry.actor, name_max)},
                                   {"address", cut(entry.address, name_max)},
                                   {"action", cut(entry.action, name_max)},
                                   {"object", cut(entry.object, name_max)},
                                   {"detail", cut(entry.detail, detail_max)}};
    if (unsure) {
        json["unsure"] = true;
    }
    return "audit " + json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string cli_actor()
{
    const uid_t user = getuid();
    const passwd* entry = getpwuid(user);
    return "cli:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(user));
}

}  // namespace mmx::admin
