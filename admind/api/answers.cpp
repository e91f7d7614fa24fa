#include "api/answers.hpp"

#include "store/detail.hpp"

namespace mmx::admin {
namespace {

template <typename Number>
Json nullable(const std::optional<Number>& number)
{
    return number ? Json(*number) : Json(nullptr);
}

}  // namespace

Json overview_json(const Overview& overview, const Calendar& calendar, std::int64_t now)
{
    const KeyCounts& counts = overview.counts;
    Json busiest = Json::array();
    for (const Key& key : overview.busiest) {
        busiest.push_back(key_json(key, calendar, now));
    }
    const Json usage = usage_json(std::nullopt, calendar.timezone(), overview.days);
    return {{"now", calendar.iso8601(now)},
            {"now_unix", now},
            {"timezone", calendar.timezone()},
            {"utc_offset", calendar.offset_label(now)},
            {"today", figures_json(overview.days.back().figures)},
            {"month", figures_json(overview.month)},
            {"keys",
             {{"total", counts.total},
              {"active", counts.active},
              {"disabled", counts.disabled},
              {"expired", counts.expired},
              {"exhausted", counts.exhausted}}},
            {"days", usage["days"]},
            {"busiest", std::move(busiest)},
            {"warnings", findings_json(overview.warnings)["findings"]}};
}

Json held_json(const Key& key, const std::vector<DayUsage>& days, const Calendar& calendar,
               std::int64_t now)
{
    const Json whole = key_json(key, calendar, now);
    Json held;
    for (const char* name : {"hint", "status", "day", "month", "expires_at", "expires_at_unix",
                             "last_used_at", "last_used_at_unix"}) {
        held[name] = whole[name];
    }
    held["utc_offset"] = calendar.offset_label(now);
    return {{"key", std::move(held)}, {"usage", usage_json(key.id, calendar.timezone(), days)}};
}

Json probe_json(const ProbeReport& report)
{
    return {{"test",
             {{"ok", report.ok},
              {"status", nullable(report.status)},
              {"code", nullable(report.code)},
              {"message", report.message},
              {"latency_ms", report.latency_ms},
              {"models", report.models}}}};
}

Json batch_json(std::size_t changed, const std::vector<KeyId>& missing)
{
    return {{"changed", changed}, {"missing", ids_json(missing)}};
}

Json audit_page_json(const AuditPage& page, const Calendar& calendar)
{
    Json json = audit_json(page.entries, calendar);
    json["next"] = page.next.empty() ? Json(nullptr) : Json(page.next);
    return json;
}

}  // namespace mmx::admin
