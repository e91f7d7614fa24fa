#pragma once

// Keys, settings, usage and the audit trail as typed calls. Only this and what is built on it
// (account, session, api_token, throttle) talks to Redis.
//
// Every change and its audit entries go in one MULTI, so neither exists without the other. What a
// change was decided on is watched: when somebody else changes it meanwhile, it is decided again.
// Throws Error.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secrets.hpp"
#include "lib/calendar.hpp"
#include "lib/server_info.hpp"
#include "redis/client.hpp"
#include "store/audit.hpp"
#include "store/key.hpp"
#include "store/views.hpp"

namespace mmx::admin {

inline constexpr std::size_t batch_max = 10000;        // keys made or imported at once
inline constexpr std::size_t read_batch = 500;         // keys read in one round trip
inline constexpr std::size_t change_batch_max = 1000;  // keys changed or removed at once
inline constexpr std::size_t catch_up_batch = 50;      // keys placed while nobody else is served
inline constexpr int walk_batches_max = 10;            // of one step of catch_up()
// Steps of a daemon's round each second: 2,000 keys in use are followed at once, and as Redis
// spends some 30 us on each, more than that take a few rounds rather than Redis' time.
inline constexpr int catch_up_steps_max = 40;
inline constexpr int change_attempts_max = 50;          // before a contended change gives up
inline constexpr std::int64_t retention_default = 400;  // days
inline constexpr std::int64_t retention_min = 62;  // the running month must outlive its last write
inline constexpr std::int64_t retention_max = 3660;
inline constexpr std::size_t audit_page_looked_at_max = 5000;
inline constexpr std::size_t short_id_min = 6;  // hex digits

struct Settings {
    bool exist = false;
    std::int64_t version = 0;
    std::string timezone{default_timezone};
    Limits defaults;
    std::int64_t retention_days = retention_default;
    std::string master;  // sealed; empty: not set
    std::string master_hint;
    std::int64_t master_updated_at = 0;
    std::string secret_check;
    std::string audit_head;
};

struct SettingsChange {
    std::optional<std::string> timezone;
    std::optional<std::int64_t> default_day, default_month, retention_days;
};

struct KeyFilter {
    std::optional<std::string> user;  // exactly
    std::optional<KeyStatus> status;
    // A whole gateway key; else the beginning of an id, of a word of user or note, of a character
    // there that is not ASCII, or of a visible part of the hint. ASCII letters of either case.
    std::string search;
    KeyOrder sort = KeyOrder::created;
    bool descending = is_descending_by_default(KeyOrder::created);
    std::size_t limit = 100, offset = 0;
};

// A page of the views (see views.hpp): which keys stand where may be a second or two old, what is
// said of each is not; one whose status has changed meanwhile is shown with its true one. A search,
// and one user's keys by today or month, look at search_matches_max of those that match.
struct KeyPage {
    std::size_t total = 0;   // that the filter lets through
    bool truncated = false;  // more match than were looked at: total is what was found among those
    std::vector<Key> keys;   // in the order asked for
};

struct KeyCounts {
    std::size_t total = 0, active = 0, disabled = 0, expired = 0, exhausted = 0;
};

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

// The deployment's calendar; throws Error when this machine does not know its zone.
Calendar load_calendar(const Settings& settings);

// Every month a key made at that time may have an archive of.
std::vector<std::string> archive_months(const Calendar& calendar, std::int64_t created_at,
                                        std::int64_t now);

class Store {
public:
    // A change with the audit entries that tell of it; with neither, nothing is done.
    struct Change {
        std::vector<Command> commands;
        std::vector<AuditEntry> entries;
    };

    // actor and address: who works, from where, for the audit trail; see AuditEntry.
    Store(RedisClient& redis, const Secrets& secrets, std::string actor, std::string address = {});

    // What accounts, sessions and tokens are built on: decides a change with build, again and again
    // while others change what is watched, and makes it with its audit entries in one MULTI.
    // Every change that leaves an entry watches the audit trail, so no two run at once.
    std::vector<Reply> apply(const std::vector<std::string>& watched,
                             const std::function<Change(std::int64_t now)>& build);
    RedisClient& redis() noexcept { return redis_; }
    const Secrets& secrets() const noexcept { return secrets_; }
    const std::string& address() const noexcept { return address_; }

    // Throws unless `init` was run on this Redis with this secret.
    void require_initialized();

    std::int64_t now();  // Redis' clock, seconds since 1970

    // Settings. Each change raises their version, by which the gateways notice.
    static Settings read_settings(RedisClient& redis);
    Settings settings() { return read_settings(redis_); }
    bool write_missing_settings();  // false when none was missing
    void change_settings(const SettingsChange& change);
    void set_master(std::string_view master);

    // Keys. `at` is the quota day whose counters are wanted.
    std::vector<KeyId> ids(std::size_t offset, std::size_t count);  // newest first
    std::size_t count_keys();
    std::vector<Key> read(const std::vector<KeyId>& ids, const QuotaDay& at);
    std::optional<Key> find(const KeyId& id, const QuotaDay& at);
    KeyPage list(const KeyFilter& filter, const QuotaDay& at, std::int64_t now);

    // All that the filter lets through whatever its limit and offset, page by page, in constant
    // memory, until take returns false. Whether it was truncated, as in KeyPage.
    bool each_page(const KeyFilter& filter, const QuotaDay& at, std::int64_t now,
                   const std::function<bool(const std::vector<Key>& page)>& take);
    KeyCounts counts();                             // by the views
    std::vector<KeyId> busiest(std::size_t count);  // by requests today; none without any
    KeyId resolve(std::string_view text);           // an id, or the beginning of one
    KeyId resolve_key(std::string_view api_key);    // a whole gateway key
    std::vector<bool> taken(const std::vector<KeyId>& ids);

    void create(const std::vector<NewKey>& keys, std::string_view action);
    void change(const KeyId& id, const KeyChange& change, std::string_view action);
    void remove(const KeyId& id);

    // One change of up to change_batch_max keys, all in one; returns the ids that do not exist.
    std::vector<KeyId> change_many(const std::vector<KeyId>& ids, const KeyChange& change,
                                   std::string_view action);
    std::vector<KeyId> remove_many(const std::vector<KeyId>& ids);

    std::string reveal(const KeyId& id);
    std::string open(const KeyId& id);  // as reveal, but leaves no audit entry: for `check`
    void rotate(const KeyId& id, const NewKey& replacement,
                std::int64_t grace);  // seconds for which the old key works on

    // One bounded step of keeping the views: places keys that were used, up to bound, that expired,
    // up to bound, and at a new quota day all, from the oldest on, up to walk_batches_max times
    // bound; builds the views where there are none. Returns whether more is due. Any number of
    // processes may call it, at any time: what is done twice does no harm, and what a crash leaves
    // undone is done by the next call.
    bool catch_up(std::size_t bound = catch_up_batch);

    // Figures of every date of from to to, zeros included; of one key, or of all that there were
    // that day, as the gateways have summed them up to a second ago.
    std::vector<DayUsage> usage(const std::optional<KeyId>& id, std::string_view from,
                                std::string_view to);

    std::vector<AuditEntry> audit(std::size_t limit);  // newest first
    AuditPage audit_page(const AuditFilter& filter);   // of audit_page_looked_at_max entries
    AuditReport verify_audit();

private:
    void append_audit(std::vector<AuditEntry> entries, std::int64_t now,
                      std::vector<Command>& commands);
    Key require(const KeyId& id);
    QuotaDay day_at(std::int64_t time);
    void require_built_views();
    bool place_touched(std::size_t bound, const QuotaDay& at, std::int64_t now);
    bool place_expired(std::size_t bound, const QuotaDay& at, std::int64_t now);
    bool walk_on(std::size_t bound, const QuotaDay& at, std::int64_t now);
    std::vector<Key> read_existing(const std::vector<KeyId>& ids, const QuotaDay& at);
    KeyPage find_matches(const KeyFilter& filter, const QuotaDay& at, std::int64_t now);
    std::vector<std::size_t> absent(const std::vector<KeyId>& ids);
    std::vector<KeyId> change_existing(
        const std::vector<KeyId>& ids,
        const std::function<Change(const std::vector<KeyId>& there, std::int64_t now)>& build);
    KeyId follow_alias(const KeyId& id, std::string_view what);
    void add_usage(const KeyId& id, const std::vector<std::string>& months,
                   std::map<std::string, Figures, std::less<>>& days);
    void add_totals(std::map<std::string, Figures, std::less<>>& days);

    RedisClient& redis_;
    const Secrets& secrets_;
    std::string actor_, address_;
};

}  // namespace mmx::admin
