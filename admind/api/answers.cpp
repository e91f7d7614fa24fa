#include "api/answers.hpp"

#include "store/detail.hpp"

namespace mmx::admin {
namespace {

template <typename Number>
Json nullable(const std::optional<Number>& number)
{
    return number ? Json(*number) : Json(nullptr);
}

Json refusals_json(const std::optional<AccountRefusals>& refusals, const Calendar& calendar)
{
    if (!refusals) {
        return nullptr;
    }
    Json json = {{"count", refusals->count},
                 {"code", refusals->code == 0 ? Json(nullptr) : Json(refusals->code)},
                 {"status", refusals->status}};
    put_time(json, "first_at", refusals->first, calendar);
    put_time(json, "last_at", refusals->last, calendar);
    return json;
}

// Each with what was denied by verdict, which only the totals of all keys tell.
Json days_json(const std::vector<DayUsage>& days, const Calendar& calendar)
{
    Json list = usage_json(std::nullopt, calendar.timezone(), days)["days"];
    for (std::size_t i = 0; i < days.size(); i++) {
        list[i]["denied_by"] = days[i].denied_by;
    }
    return list;
}

}  // namespace

Json overview_json(const Overview& overview, const Calendar& calendar, std::int64_t now)
{
    const KeyCounts& counts = overview.counts;
    Json busiest = Json::array();
    for (const Key& key : overview.busiest) {
        busiest.push_back(key_json(key, calendar, now));
    }
    Json today = figures_json(overview.days.back().figures);
    today["denied_by"] = overview.days.back().denied_by;
    return {{"now", calendar.iso8601(now)},
            {"now_unix", now},
            {"timezone", calendar.timezone()},
            {"utc_offset", calendar.offset_label(now)},
            {"today", std::move(today)},
            {"month", figures_json(overview.month)},
            {"keys",
             {{"total", counts.total},
              {"active", counts.active},
              {"disabled", counts.disabled},
              {"expired", counts.expired},
              {"exhausted", counts.exhausted}}},
            {"days", days_json(overview.days, calendar)},
            {"busiest", std::move(busiest)},
            {"warnings", findings_json(overview.warnings)["findings"]},
            {"upstream_account", refusals_json(overview.refusals, calendar)}};
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

Json refused_json(const std::map<std::string, std::int64_t>& counts)
{
    Json json = Json::object();
    for (const auto& [action, count] : counts) {
        json[action] = count;
    }
    return json;
}

}  // namespace mmx::admin
