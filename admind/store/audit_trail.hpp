#pragma once

// The audit trail as it is read: its newest entries, pages of what is asked for, and whether its
// chain holds. Entries come from changes alone: see Store::apply. Throws Error.

#include <cstddef>
#include <string>
#include <vector>

#include "store/audit.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t audit_page_looked_at_max = 5000;  // entries

struct AuditFilter {
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
    std::string fault;  // empty: the chain holds
};

class AuditTrail {
public:
    explicit AuditTrail(Store& store) : store_(store) {}

    std::vector<AuditEntry> newest(std::size_t limit);  // newest first
    AuditPage page(const AuditFilter& filter);          // of audit_page_looked_at_max entries
    AuditReport verify();

private:
    Store& store_;
};

}  // namespace mmx::admin
