#include "format/json.hpp"

#include <algorithm>

#include "store/detail.hpp"

namespace mmx::admin {
namespace {

Json window_json(std::int64_t limit, std::int64_t used, std::int64_t resets_at,
                 const Calendar& calendar)
{
    Json json = {
        {"limit", limit},
        {"used", used},
        {"remaining", limit == 0 ? Json(nullptr) : Json(std::max<std::int64_t>(limit - used, 0))}};
    put_time(json, "resets_at", resets_at, calendar);
    return json;
}

Json networks_json(std::string_view networks)
{
    Json list = Json::array();
    while (!networks.empty()) {
        const std::size_t comma = std::min(networks.find(','), networks.size());
        list.push_back(networks.substr(0, comma));
        networks.remove_prefix(std::min(comma + 1, networks.size()));
    }
    return list;
}

void put_figures(Json& json, const Figures& figures)
{
    for (std::size_t i = 0; i < figures.counts.size(); i++) {
        json[std::string(redis_keys::figures[i])] = figures.counts[i];
    }
}

}  // namespace

void put_time(Json& json, const std::string& name, std::int64_t time, const Calendar& calendar)
{
    json[name] = time == 0 ? Json(nullptr) : Json(calendar.iso8601(time));
    json[name + "_unix"] = time == 0 ? Json(nullptr) : Json(time);
}

Json key_json(const Key& key, const Calendar& calendar, std::int64_t now)
{
    const QuotaDay day = calendar.day_at(now);
    Json json = {{"id", key.id.view()},
                 {"hint", key.hint},
                 {"user", key.user},
                 {"note", key.note},
                 {"status", status_name(key.status(now))},
                 {"enabled", key.enabled},
                 {"day", window_json(key.limits.day, key.day_used, day.end, calendar)},
                 {"month", window_json(key.limits.month, key.month_used, day.month_end, calendar)}};
    put_time(json, "expires_at", key.expires_at, calendar);
    json["networks"] = networks_json(key.networks);
    put_time(json, "created_at", key.created_at, calendar);
    put_time(json, "last_used_at", key.last_used_at, calendar);
    json["rotated_from"] = ids_json(key.rotated_from);
    put_time(json, "rotated_until", key.rotated_until, calendar);
    return json;
}

Json keyed_json(const Key& key, const Calendar& calendar, std::int64_t now)
{
    return {{"key", key_json(key, calendar, now)}};
}

Json key_page_json(const KeyPage& page, const KeyFilter& filter, const Calendar& calendar,
                   std::int64_t now)
{
    Json keys = Json::array();
    for (const Key& key : page.keys) {
        keys.push_back(key_json(key, calendar, now));
    }
    return {{"keys", std::move(keys)},
            {"total", page.total},
            {"truncated", page.truncated},
            {"offset", filter.offset},
            {"limit", filter.limit}};
}

Json created_json(const std::vector<NewKey>& keys, bool with_keys)
{
    Json list = Json::array();
    for (const NewKey& key : keys) {
        Json item = {{"id", key.id.view()}};
        if (with_keys) {
            item["key"] = key.api_key.view();
        }
        item["hint"] = api_key_hint(key.api_key.view());
        item["user"] = key.user;
        list.push_back(std::move(item));
    }
    return {{"keys", std::move(list)}};
}

Json rotated_json(const KeyId& old_id, const RotatedKey& rotated, const Calendar& calendar)
{
    const NewKey& key = rotated.key;
    Json json = {{"id", key.id.view()},
                 {"key", key.api_key.view()},
                 {"hint", api_key_hint(key.api_key.view())},
                 {"user", key.user},
                 {"rotated_from", old_id.view()}};
    put_time(json, "rotated_until", rotated.until, calendar);
    return json;
}

Json deleted_json(const KeyId& id)
{
    return {{"deleted", id.view()}};
}

Json revealed_json(const KeyId& id, std::string_view api_key)
{
    return {{"id", id.view()}, {"key", api_key}};
}

Json usage_json(const std::optional<KeyId>& id, std::string_view timezone,
                const std::vector<DayUsage>& days)
{
    Json list = Json::array(), sums;
    Figures total;
    for (const DayUsage& day : days) {
        Json item = {{"date", day.date}};
        put_figures(item, day.figures);
        list.push_back(std::move(item));
        total += day.figures;
    }
    put_figures(sums, total);
    return {{"id", id ? Json(id->view()) : Json(nullptr)},
            {"timezone", timezone},
            {"from", days.empty() ? "" : days.front().date},
            {"to", days.empty() ? "" : days.back().date},
            {"days", std::move(list)},
            {"total", std::move(sums)}};
}

Json figures_json(const Figures& figures)
{
    Json json;
    put_figures(json, figures);
    return json;
}

Json settings_json(const Settings& settings)
{
    return {{"settings",
             {{"version", settings.version},
              {"timezone", settings.timezone},
              {"default_day", settings.defaults.day},
              {"default_month", settings.defaults.month},
              {"retention_days", settings.retention_days},
              {"refund_bound", settings.refund_bound},
              {"language", settings.language},
              {"contact", settings.contact}}}};
}

Json master_json(const Settings& settings, const Calendar& calendar)
{
    Json master = {{"configured", !settings.master.empty()},
                   {"hint", settings.master.empty() ? Json(nullptr) : Json(settings.master_hint)}};
    put_time(master, "updated_at", settings.master_updated_at, calendar);
    return {{"master", std::move(master)}};
}

Json init_json(std::string_view secret_file, bool secret_created, bool settings_created)
{
    return {{"secret_file", secret_file},
            {"secret_created", secret_created},
            {"settings_created", settings_created}};
}

Json reseal_json(std::string_view secret_file, bool secret_created, const Resealed& resealed,
                 const AuditReport& trail)
{
    const SealedCount& count = resealed.count;
    return {{"secret_file", secret_file},
            {"secret_created", secret_created},
            {"resumed", resealed.resumed},
            {"sealed_anew", resealed.anew},
            {"sessions_ended", resealed.sessions},
            {"keys", count.of(SealedKind::key)},
            {"accounts", count.of(SealedKind::account)},
            {"tokens", count.of(SealedKind::token)},
            {"unopened", count.unopened},
            {"audit",
             {{"verified", trail.fault.empty()},
              {"entries", trail.entries},
              {"fault", trail.fault.empty() ? Json() : Json(trail.fault)}}}};
}

Json audit_json(const std::vector<AuditEntry>& entries, const Calendar& calendar)
{
    Json list = Json::array();
    for (const AuditEntry& entry : entries) {
        const Json detail = Json::parse(entry.detail, nullptr, false);
        list.push_back({{"id", entry.stream_id},
                        {"time", calendar.iso8601(entry.time)},
                        {"time_unix", entry.time},
                        {"actor", entry.actor},
                        {"address", entry.address},
                        {"action", entry.action},
                        {"object", entry.object},
                        {"detail", detail.is_object() ? detail : Json::object()},
                        {"hash", entry.hash}});
    }
    return {{"entries", std::move(list)}};
}

Json verified_json(const AuditReport& report)
{
    return {{"verified", report.fault.empty()},
            {"entries", report.entries},
            {"first_number", report.first},
            {"last_hash", report.last.empty() ? Json(nullptr) : Json(report.last)},
            {"fault", report.fault.empty() ? Json(nullptr) : Json(report.fault)}};
}

Json findings_json(const Findings& findings)
{
    Json list = Json::array();
    bool ok = true;
    for (const Finding& finding : findings) {
        ok = ok && finding.level != Finding::Level::fail;
        list.push_back({{"level", level_name(finding.level)},
                        {"subject", finding.subject},
                        {"message", finding.message},
                        {"advice", finding.advice}});
    }
    return {{"ok", ok}, {"findings", std::move(list)}};
}

}  // namespace mmx::admin
