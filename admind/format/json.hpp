#pragma once

// What both the command line and the admin API say in JSON of keys, usage, settings, the audit
// trail and findings. The shapes are stable: members may be added, none is renamed or changes its
// type.
//
//   key       {id, hint, user, note, status: active|disabled|expired|exhausted, enabled,
//              day: {limit, used, remaining}, month: {…}, expires_at, networks: [text],
//              created_at, last_used_at, rotated_from: [id], rotated_until}
//              day and month with resets_at; limit 0: unlimited, and remaining is then null
//   time      {…_at: "2026-11-22T00:00:00+08:00"|null, …_at_unix: seconds|null}, always as a pair
//   key create, key import
//             {keys: [{id, key, hint, user}]}   key import without `key`
//   key rotate   {id, key, hint, user, rotated_from: id, rotated_until, rotated_until_unix}
//   key list  {keys: [key], total, truncated, offset, limit}   truncated: total is a lower bound
//   key show, set, enable, disable
//             {key: key}
//   key delete   {deleted: id}
//   key reveal   {id, key}
//   usage     {id: id|null, timezone, from, to, days: [{date, requests, refunds, denied, failed,
//              prompt_tokens, completion_tokens, cached_tokens, unmetered}], total: {requests, …}}
//   settings  {settings: {version, timezone, default_day, default_month, retention_days,
//              refund_bound, language: zh|en, contact}}
//   master    {master: {configured, hint, updated_at, updated_at_unix}}
//   init      {secret_file, secret_created, settings_created}
//   reseal    {secret_file, secret_created, resumed, sealed_anew, sessions_ended, keys, accounts,
//              tokens, unopened, audit: {verified, entries, fault: text|null}}
//   audit     {entries: [{id, time, time_unix, actor, address, action, object, detail: {…},
//              hash}]}   address: empty from the command line
//   audit --verify   {verified: true, entries: count, fault: null}
//   check     {ok, findings: [{level: ok|warn|fail, subject, message, advice}]}
//   user …, token …   json_accounts.hpp

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "check/finding.hpp"
#include "lib/calendar.hpp"
#include "store/audit_trail.hpp"
#include "store/key.hpp"
#include "store/key_list.hpp"
#include "store/key_rotation.hpp"
#include "store/resealing.hpp"
#include "store/settings.hpp"
#include "store/usage.hpp"

namespace mmx::admin {

// The pair of a time in both forms; null for a time that never was.
void put_time(Json& json, const std::string& name, std::int64_t time, const Calendar& calendar);

// With the calendar whose zone times are shown in.
Json key_json(const Key& key, const Calendar& calendar, std::int64_t now);
Json keyed_json(const Key& key, const Calendar& calendar, std::int64_t now);  // {key: key}
Json key_page_json(const KeyPage& page, const KeyFilter& filter, const Calendar& calendar,
                   std::int64_t now);
Json created_json(const std::vector<NewKey>& keys, bool with_keys);
Json rotated_json(const KeyId& old_id, const RotatedKey& rotated, const Calendar& calendar);
Json deleted_json(const KeyId& id);
Json revealed_json(const KeyId& id, std::string_view api_key);
Json usage_json(const std::optional<KeyId>& id, std::string_view timezone,
                const std::vector<DayUsage>& days);
Json figures_json(const Figures& figures);
Json settings_json(const Settings& settings);
Json master_json(const Settings& settings, const Calendar& calendar);
Json init_json(std::string_view secret_file, bool secret_created, bool settings_created);
Json reseal_json(std::string_view secret_file, bool secret_created, const Resealed& resealed,
                 const AuditReport& trail);
Json audit_json(const std::vector<AuditEntry>& entries, const Calendar& calendar);
Json verified_json(const AuditReport& report);
Json findings_json(const Findings& findings);

}  // namespace mmx::admin
