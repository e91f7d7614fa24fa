#pragma once

// What only the admin API says in JSON; the shapes stand in openapi.yaml, all others in format/.

#include <map>
#include <optional>
#include <vector>

#include "check/finding.hpp"
#include "daemon/upstream_probe.hpp"
#include "format/json.hpp"
#include "store/account_refusals.hpp"
#include "store/audit_trail.hpp"
#include "store/key_list.hpp"
#include "store/usage.hpp"

namespace mmx::admin {

struct Overview {
    std::vector<DayUsage> days;  // today last
    Figures month;
    KeyCounts counts;
    std::vector<Key> busiest;
    Findings warnings;
    std::optional<AccountRefusals> refusals;  // of our account, by MiniMax
};

Json overview_json(const Overview& overview, const Calendar& calendar, std::int64_t now);
Json held_json(const Key& key, const std::vector<DayUsage>& days, const Calendar& calendar,
               std::int64_t now);
Json probe_json(const ProbeReport& report);
Json batch_json(std::size_t changed, const std::vector<KeyId>& missing);
Json audit_page_json(const AuditPage& page, const Calendar& calendar);
Json refused_json(const std::map<std::string, std::int64_t>& counts);

}  // namespace mmx::admin
