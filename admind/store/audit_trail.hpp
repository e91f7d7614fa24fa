#pragma once

// The audit trail as it is read: its newest entries, pages of what is asked for, and whether its
// chain holds. Entries come from changes alone: see Store::apply. Throws Error.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"
#include "trail/audit.hpp"
#include "trail/audit_head.hpp"

namespace mmx::admin {

inline constexpr std::size_t audit_page_looked_at_max = 5000;  // entries

// Refusals are no part of the trail, but read like it; see store/refusals.hpp.
enum class AuditKind { changes, refusals };
inline constexpr std::string_view audit_kinds[] = {"changes", "refusals"};

struct AuditFilter {
    AuditKind kind = AuditKind::changes;
    std::string action;         // `key.create`, or `key` for all of that noun; empty: any
    std::string actor, object;  // exactly; empty: any
    std::string before;         // only entries older than the one with this stream id; empty: all
    std::size_t limit = 50;
};

struct AuditPage {
    std::vector<AuditEntry> entries;  // newest first
    std::string next;                 // the `before` of the page that follows; empty: there is none
};

struct AuditReport {
    std::size_t entries = 0;
    std::string last;        // the newest one's hash, to be noted for another time
    std::int64_t first = 1;  // the number of the oldest that is kept
    std::string fault;       // empty: the chain holds, and begins and ends as its head says
};

class AuditTrail {
public:
    explicit AuditTrail(Store& store) : store_(store) {}

    std::vector<AuditEntry> newest(std::size_t limit,  // newest first
                                   AuditKind kind = AuditKind::changes);
    AuditPage page(const AuditFilter& filter);  // of audit_page_looked_at_max entries

    // since: the hash of an entry that must be there, or be the last of what was cut; empty: none.
    // That alone tells when Redis as a whole was put back to an earlier state.
    AuditReport verify(std::string_view since = {});

private:
    std::string sealed_head();
    AuditReport compare(const AuditHead& head, const std::string& end, std::string_view since);

    Store& store_;
};

}  // namespace mmx::admin
