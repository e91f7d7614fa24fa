#pragma once

// The audit trail's entries and their chain. Each entry's hash covers its own text and the hash of
// the entry before, and is keyed by the secret file: who can write to Redis alone can neither alter
// an entry nor make one up.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api_key.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {

// What is kept, and how much is cut at once: entries go when they are older, and beyond that length
// the oldest of them whatever their age.
inline constexpr std::int64_t audit_days_max = 400;
inline constexpr std::size_t audit_length_max = 100000;  // entries
inline constexpr std::size_t audit_cut_max = 1000;       // entries
inline constexpr std::size_t audit_ids_max = 100;        // key ids named by one entry of a batch

struct AuditEntry {
    std::string stream_id;  // Redis' own; empty until it is stored
    std::int64_t time = 0;  // seconds since 1970, Redis' clock
    std::string actor;      // `cli:<unix user>`, `user:<account>`, `token:<name>`, `setup`,
                            // `mmx-admind`; of a refusal also `anonymous`
    std::string address;    // of the client; empty for the command line
    std::string action;     // `key.create`
    std::string object;     // a key id, or what was changed
    std::string detail;     // JSON, never with a secret
    std::string prev, hash;
};

// What happened, before the store adds when, who and the chain.
AuditEntry audit_entry(std::string_view action, std::string_view object, std::string detail);

// One entry for up to audit_ids_max of the keys, so that a batch does not push the trail's past
// out. detail is asked for each part of the ids.
std::vector<AuditEntry>
batch_entries(std::string_view action, const std::vector<KeyId>& ids,
              const std::function<std::string(std::size_t begin, std::size_t count)>& detail);

// 64 hex digits: HMAC-SHA256 over the JSON array [prev, time, actor, action, object, detail], with
// the address as a seventh member where there is one.
std::string audit_hash(const SubKey& key, const AuditEntry& entry);

bool is_audit_hash(std::string_view text);  // as audit_hash() writes it

// The entry as one line for the journal: ASCII, of no more than a few kilobytes. unsure: nobody
// knows whether it was written.
std::string audit_line(std::int64_t number, const AuditEntry& entry, bool unsure);

// Who works: `cli:` and the name of the user, or the number of one without a name.
std::string cli_actor();

}  // namespace mmx::admin
