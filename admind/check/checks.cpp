#include "check/checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/error.hpp"
#include "lib/redis_refusal.hpp"
#include "lib/server_info.hpp"
#include "store/audit_trail.hpp"
#include "store/keys.hpp"

namespace mmx::admin {
namespace {

using Level = Finding::Level;

// Runs step; what it throws becomes a finding.
template <typename Step>
bool survives(Findings& findings, std::string_view subject, std::string_view advice,
              const Step& step)
{
    try {
        step();
        return true;
    } catch (const Error& error) {
        findings.push_back({Level::fail, std::string(subject), error.what(), std::string(advice)});
        return false;
    }
}

void add_ok(Findings& findings, std::string_view subject, std::string message)
{
    findings.push_back({Level::ok, std::string(subject), std::move(message), ""});
}

// One malformed field each, and how many more.
void add_faults(const std::vector<std::string>& faults, Findings& findings)
{
    constexpr std::size_t shown_max = 10;
    for (std::size_t i = 0; i < std::min(faults.size(), shown_max); i++) {
        findings.push_back({Level::fail, "records", faults[i],
                            "correct it with `mmx-admind key set`, or delete the key"});
    }
    if (faults.size() > shown_max) {
        findings.push_back({Level::fail, "records",
                            std::to_string(faults.size() - shown_max) + " more faults", ""});
    }
}

void check_seals(Store& store, const std::vector<KeyId>& ids, Findings& findings)
{
    const std::size_t count = std::min(ids.size(), check_seals_max);
    std::size_t good = 0;
    for (std::size_t i = 0; i < count; i++) {
        good += survives(findings, "sealed keys", "rotate or delete the key",
                         [&] { Keys(store).open(ids[i]); });
    }
    if (good == count) {
        add_ok(findings, "sealed keys", "the newest " + std::to_string(count) + " open");
    }
}

// 6.2 is the oldest that conf/users.acl's words and the scripts are promised to work with.
void check_version(const ServerInfo& server, Findings& findings)
{
    constexpr std::string_view advice = "install Redis 6.2 or later, or Valkey";
    if (server.version.empty()) {
        findings.push_back(
            {Level::warn, "Redis version", "Redis does not tell its own", std::string(advice)});
    } else if (server.version_major < 6 ||
               (server.version_major == 6 && server.version_minor < 2)) {
        findings.push_back(
            {Level::fail, "Redis version", "Redis is " + server.version, std::string(advice)});
    } else {
        add_ok(findings, "Redis version", server.version);
    }
}

void judge_server(const ServerInfo& server, Findings& findings)
{
    check_version(server, findings);
    if (server.cluster) {
        findings.push_back({Level::fail, "Redis cluster", "cluster mode is on",
                            "use a standalone Redis: this version does not speak Cluster"});
    }
    if (server.replica) {
        findings.push_back({Level::fail, "Redis role", "this Redis is a replica and refuses writes",
                            "name its primary"});
    }
    if (!server.append_only) {
        findings.push_back({Level::warn, "Redis appendonly",
                            "the append-only file is off: a crash of Redis forgets counts",
                            "set `appendonly yes` in redis.conf"});
    } else {
        add_ok(findings, "Redis appendonly", "on");
    }
    if (server.eviction != "noeviction") {
        findings.push_back({Level::warn, "Redis maxmemory-policy",
                            "is \"" + server.eviction + "\": Redis may drop keys and counts",
                            "set `maxmemory-policy noeviction` in redis.conf"});
    } else {
        add_ok(findings, "Redis maxmemory-policy", server.eviction);
    }
}

}  // namespace

std::unique_ptr<Secrets> check_secret(const std::string& path, Findings& findings)
{
    std::unique_ptr<Secrets> secrets;
    survives(findings, "secret file",
             "restore it, or run `mmx-admind init` where nothing was set up yet; give it mode 0600 "
             "or 0640 and an owner who is root or yourself",
             [&] {
                 secrets.reset(new Secrets(Secrets::load(path)));
                 add_ok(findings, "secret file", path + " is good");
             });
    return secrets;
}

void check_way(const RedisUrl& url, Findings& findings)
{
    const bool stays_here =
        url.is_unix || url.host == "localhost" || url.host == "::1" || url.host.starts_with("127.");
    if (!stays_here) {
        findings.push_back({Level::warn, "Redis connection",
                            "goes to " + url.host +
                                " unencrypted: whoever is on the way reads its "
                                "password and writes limits",
                            "lead it through a tunnel (WireGuard, stunnel), or keep Redis on the "
                            "gateway's machine"});
    }
}

void check_server(RedisClient& redis, Findings& findings)
{
    const Reply info = redis.pipeline({Command{"INFO"}}).front();
    if (!info.is_error()) {
        judge_server(parse_server_info(info.text), findings);
    } else if (refusal_of(info.text) == RedisRefusal::forbidden) {
        findings.push_back({Level::warn, "Redis",
                            "does not say whether it keeps and evicts data: " + info.text,
                            "allow this user INFO, or see to it that its append-only file is on "
                            "and maxmemory-policy is noeviction"});
    } else {
        checked(info);
    }
}

void check_clock(RedisClient& redis, Findings& findings)
{
    const Reply time = redis.call(Command{"TIME"});
    const std::int64_t skew =
        std::strtoll(time.elements.at(0).text.c_str(), nullptr, 10) - std::time(nullptr);
    if (std::abs(skew) > check_skew_max) {
        findings.push_back({Level::warn, "clock",
                            "Redis' clock is " + std::to_string(std::abs(skew)) + " s " +
                                (skew > 0 ? "ahead of" : "behind") + " this machine's",
                            "run NTP on both; quota days follow Redis' clock"});
        return;
    }
    add_ok(findings, "clock", "Redis and this machine agree");
}

bool check_settings(const Secrets& secrets, const Settings& settings, Findings& findings)
{
    if (settings.secret_check.empty()) {
        findings.push_back(
            {Level::fail, "settings", "this Redis has not been set up", "run `mmx-admind init`"});
        return false;
    }
    if (!settings.reseal.empty()) {
        findings.push_back({Level::fail, "secret file",
                            "the move to another one is not finished: nothing can be changed",
                            "run `mmx-admind reseal` again with the file it was begun with"});
        return false;
    }
    if (!secrets.opens_check(settings.secret_check)) {
        findings.push_back({Level::fail, "secret file",
                            "it is not the one this Redis was set up with",
                            "put that file back; every sealed key depends on it"});
        return false;
    }
    add_ok(findings, "settings", "there, version " + std::to_string(settings.version));
    return survives(findings, "time zone", "install tzdata, or choose another zone",
                    [&] { add_ok(findings, "time zone", load_calendar(settings).timezone()); });
}

void check_master(const Secrets& secrets, const Settings& settings, Findings& findings)
{
    if (settings.master.empty()) {
        findings.push_back({Level::fail, "master key", "none is set: the gateway answers 503",
                            "run `mmx-admind master set`"});
        return;
    }
    survives(findings, "master key", "set it again with `mmx-admind master set`", [&] {
        secrets.open_master(settings.master);
        add_ok(findings, "master key", "set, and opens");
    });
}

void check_keys(Store& store, const Calendar& calendar, std::size_t records_max, Findings& findings)
{
    Keys keys(store);
    const std::size_t count = keys.count();
    if (count == 0) {
        findings.push_back({Level::warn, "keys", "there are none",
                            "make one with `mmx-admind key create --user NAME`"});
        return;
    }
    add_ok(findings, "keys", std::to_string(count));
    const QuotaDay today = calendar.day_at(store.now());
    check_seals(store, keys.ids(0, check_seals_max), findings);
    std::vector<std::string> faults;
    for (std::size_t offset = 0; offset < std::min(count, records_max); offset += read_batch) {
        for (const Key& key : keys.read(keys.ids(offset, read_batch), today)) {
            faults.insert(faults.end(), key.faults.begin(), key.faults.end());
        }
    }
    add_faults(faults, findings);
    if (faults.empty()) {
        add_ok(findings, "records", "well formed");
    }
}

void check_audit(Store& store, Findings& findings)
{
    const AuditReport report = AuditTrail(store).verify();
    if (!report.fault.empty()) {
        findings.push_back({Level::fail, "audit trail", report.fault,
                            "find out who can write to this Redis besides the gateway"});
        return;
    }
    add_ok(findings, "audit trail", "holds, " + std::to_string(report.entries) + " entries");
}

}  // namespace mmx::admin
