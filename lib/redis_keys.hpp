#pragma once

// Every Redis name and field name, spelled here and nowhere else. design: everything about one key
// carries the hash tag `{id}`, so that one commit touches one Cluster slot.

#include <string>
#include <string_view>

#include "lib/api_key.hpp"

namespace mmx::redis_keys {

std::string record(const KeyId& id);                           // mmx:{id}
std::string archive(const KeyId& id, std::string_view month);  // mmx:{id}:2026-11
std::string about(const KeyId& id);                            // mmx:{id}:about
std::string rights(const KeyId& id);                           // mmx:{id}:rights
std::string flight(const KeyId& id);                           // mmx:{id}:flight
std::string total(std::string_view date);                      // mmx:total:2026-11-22
std::string worker(std::string_view id);                       // mmx:worker:<id>
std::string user(std::string_view name);                       // mmx:user:<name>
std::string session(std::string_view hash);                    // mmx:session:<hash>
std::string login(std::string_view address);                   // mmx:login:<address>
inline constexpr std::string_view index = "mmx:index";
inline constexpr std::string_view settings = "mmx:settings";
// Who changed what, and beside it, sealed, where it begins and ends. What strangers were refused
// stands apart from it, and shares no name with it.
inline constexpr std::string_view audit = "mmx:audit";
inline constexpr std::string_view audit_head = "mmx:audit:head";
inline constexpr std::string_view refusals = "mmx:refusals";
inline constexpr std::string_view refusal_counts = "mmx:refusals:counts";  // by action
// How many repairs of keys the trail was told of today; it expires by itself.
inline constexpr std::string_view repairs = "mmx:repairs";
// A set: ids whose counters have changed since the daemon last looked. No larger than the number of
// keys there ever were.
inline constexpr std::string_view touched = "mmx:touched";
// A zset: keys whose credit is called back, each with the number of its last recall; recall.lua.
inline constexpr std::string_view recalls = "mmx:recalls";
inline constexpr std::string_view recalls_forgotten = "-";  // a member of it: names up to there
// A zset: how long credit holds that no worker answers for, milliseconds, each with when a worker
// last said that it goes by it, seconds since 1970.
inline constexpr std::string_view leases = "mmx:leases";

// The ordered views: `mmx:view:<status>:<order>`, kept by place.lua. Beside them where each key
// stands, when it will expire by itself, what a search finds it by, and how far they are kept.
std::string view(std::string_view status, std::string_view order);
inline constexpr std::string_view placed = "mmx:placed";
inline constexpr std::string_view expiry = "mmx:expiry";
inline constexpr std::string_view search = "mmx:search";
inline constexpr std::string_view views = "mmx:views";

// Accounts, sessions, API tokens, and what holds off guessing. A login is counted for the address
// and for the account, or, on a network that the account has been used from, for the two together.
std::string sessions_of(std::string_view user);   // mmx:sessions:<name>, a zset by creation time
std::string token(std::string_view hash);         // mmx:token:<hash>
std::string login_of(std::string_view user);      // mmx:login:user:<name>
std::string login_at_home(std::string_view user,  // mmx:login:home:<name>@<network>
                          std::string_view network);
std::string login_homes(std::string_view user);  // mmx:login:homes:<name>, a zset of networks
// mmx:login:unknown:<share>: of the names that are no account's
std::string login_unknown(std::string_view share);
inline constexpr std::string_view login_addresses = "mmx:login:addresses";  // that are counted
inline constexpr std::string_view login_others = "mmx:login:others";        // beyond their bound
std::string lookup(std::string_view address);                               // mmx:lookup:<address>
inline constexpr std::string_view users = "mmx:users";                      // a set of names
inline constexpr std::string_view tokens = "mmx:tokens";  // a zset of hashes by creation time

// What a sealed value is bound to: the Redis name and the field, with a slash between.
std::string sealed_key_field(const KeyId& id);             // mmx:{id}:about/sealed
std::string sealed_record_field(std::string_view record);  // mmx:user:<name>/sealed
inline constexpr std::string_view sealed_master_field = "mmx:settings/master";
inline constexpr std::string_view secret_check_field = "mmx:settings/secret_check";
inline constexpr std::string_view reseal_field = "mmx:settings/reseal";
inline constexpr std::string_view audit_key_field = "mmx:audit:head/key";

// Fields of the record. `d.` and `m.` fields are the live day's and month's counters.
namespace field {
inline constexpr std::string_view state = "state";  // `active` or `disabled`
inline constexpr std::string_view alias =
    "alias";  // after `rotate`: the id that counts for this one
inline constexpr std::string_view expires_at = "expires_at";  // seconds since 1970; 0: never
inline constexpr std::string_view day = "day";                // requests; 0: unlimited
inline constexpr std::string_view month = "month";
inline constexpr std::string_view day_tokens = "day_tokens";
inline constexpr std::string_view month_tokens = "month_tokens";
inline constexpr std::string_view rpm = "rpm";
inline constexpr std::string_view concurrency = "concurrency";
inline constexpr std::string_view models = "models";
inline constexpr std::string_view networks = "networks";
// `out loan floor`; out: admissions in `d.requests` and `m.requests` that workers were lent and may
// still hold. See commit.lua.
inline constexpr std::string_view credit = "credit";
inline constexpr std::string_view live_day = "d";       // `2026-11-22`
inline constexpr std::string_view live_month = "m";     // `2026-11`
inline constexpr std::string_view day_prefix = "d.";    // of a figure: `d.requests`
inline constexpr std::string_view month_prefix = "m.";  // also in an archive
inline constexpr std::string_view sequence_prefix = "seq.";

// Fields of `about`.
inline constexpr std::string_view user = "user";
inline constexpr std::string_view hint = "hint";
inline constexpr std::string_view sealed = "sealed";
inline constexpr std::string_view created_at = "created_at";      // seconds since 1970
inline constexpr std::string_view last_used_at = "last_used_at";  // seconds since 1970
inline constexpr std::string_view note = "note";
inline constexpr std::string_view rotated_from = "rotated_from";    // ids in grace, comma-separated
inline constexpr std::string_view rotated_until = "rotated_until";  // seconds since 1970

// Fields of `mmx:settings`.
inline constexpr std::string_view version = "version";  // grows with every change
inline constexpr std::string_view timezone = "timezone";
inline constexpr std::string_view master = "master";  // sealed
inline constexpr std::string_view master_hint = "master_hint";
inline constexpr std::string_view master_updated_at = "master_updated_at";
inline constexpr std::string_view default_day = "default_day";  // limits of a new key
inline constexpr std::string_view default_month = "default_month";
inline constexpr std::string_view retention_days = "retention_days";  // of archives; default 400
inline constexpr std::string_view refund_bound = "refund_bound";  // for a key and day; default 20
inline constexpr std::string_view language = "language";          // of answers: `zh` or `en`
inline constexpr std::string_view contact = "contact";  // of the operator, shown in refusals
inline constexpr std::string_view secret_check = "secret_check";  // sealed; tells a wrong secret
// Sealed under another secret file, while everything is moved to it.
inline constexpr std::string_view reseal = "reseal";
// Of a release before `mmx:audit:head`: the newest audit entry's hash.
inline constexpr std::string_view old_audit_head = "audit_head";

// Fields of accounts, sessions and API tokens, most of them within `sealed`; times in seconds since
// 1970.
inline constexpr std::string_view role = "role";          // `admin` or `viewer`
inline constexpr std::string_view password = "password";  // scrypt, as a PHC string
inline constexpr std::string_view password_changed_at = "password_changed_at";
inline constexpr std::string_view change = "change";  // of an account; see its Account
inline constexpr std::string_view last_login_at = "last_login_at";
inline constexpr std::string_view seen_at = "seen_at";
inline constexpr std::string_view address = "address";
inline constexpr std::string_view user_agent = "user_agent";
inline constexpr std::string_view name = "name";
inline constexpr std::string_view created_by = "created_by";
inline constexpr std::string_view created_with = "created_with";  // the token that made a token
inline constexpr std::string_view scopes = "scopes";              // of a token, a list of names

// Fields of `mmx:views`.
inline constexpr std::string_view views_version = "version";  // of what the views hold
inline constexpr std::string_view views_date = "date";        // the quota day they are kept for
inline constexpr std::string_view views_cursor = "cursor";    // the last key of a walk under way
inline constexpr std::string_view views_search = "search";    // the walk builds mmx:search as well

// Fields of an entry of `mmx:audit`.
inline constexpr std::string_view audit_address = "address";
inline constexpr std::string_view audit_time = "time";      // seconds since 1970
inline constexpr std::string_view audit_actor = "actor";    // `cli:<unix user>`
inline constexpr std::string_view audit_action = "action";  // `key.create`
inline constexpr std::string_view audit_object = "object";  // a key id, or what was changed
inline constexpr std::string_view audit_detail = "detail";  // JSON, never with a secret
inline constexpr std::string_view audit_prev = "prev";      // the hash of the entry before
inline constexpr std::string_view audit_hash = "hash";
}  // namespace field

// Tallies beside the figures of a day's total: `denied:<verdict>`, and of refusals by MiniMax that
// are our account's fault `account:<status>:<code>`, the code 0 where none was told. Of the latter
// `…:first` and `…:last` hold times, seconds since 1970.
inline constexpr std::string_view denied_prefix = "denied:";
inline constexpr std::string_view account_prefix = "account:";
inline constexpr std::string_view tally_first = ":first";
inline constexpr std::string_view tally_last = ":last";

// The figures kept per day and month, in the order the commit script writes them. In the record
// they stand as `d.requests`, `m.requests`; in a month's archive as `22.requests` for a day and
// `m.requests` for the month's own sum; in a day's total under their own names.
// Beside them in a record or archive stands `bounded_refunds`, those of the refunds that a key is
// given a number of for a day.
inline constexpr std::string_view figures[] = {
    "requests",      "refunds",           "denied",        "failed",
    "prompt_tokens", "completion_tokens", "cached_tokens", "unmetered"};

}  // namespace mmx::redis_keys
