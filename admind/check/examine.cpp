#include "check/examine.hpp"

#include "check/account_check.hpp"
#include "check/checks.hpp"
#include "check/records_check.hpp"
#include "check/rights_check.hpp"
#include "check/trial_commit.hpp"

namespace mmx::admin {
namespace {

void check_redis(RedisClient& redis, Findings& findings)
{
    check_server(redis, findings);
    check_clock(redis, findings);
}

}  // namespace

void examine(RedisClient& redis, const Secrets* secrets, std::size_t records_max,
             Findings& findings)
{
    check_redis(redis, findings);
    check_rights(redis, findings);
    check_commit(redis, findings);
    if (secrets == nullptr) {
        return;
    }
    const Settings settings = read_settings(redis);
    if (!check_settings(*secrets, settings, findings)) {
        return;
    }
    Store store(redis, *secrets, cli_actor());
    check_master(*secrets, settings, findings);
    check_account(store, settings, findings);
    check_records(store, settings, findings);
    check_keys(store, load_calendar(settings), records_max, findings);
    check_audit(store, findings);
}

Findings find_warnings(RedisClient& redis, const Secrets& secrets, const Settings& settings)
{
    Findings findings;
    check_redis(redis, findings);
    if (check_settings(secrets, settings, findings)) {
        check_master(secrets, settings, findings);
    }
    std::erase_if(findings, [](const Finding& f) { return f.level == Finding::Level::ok; });
    return findings;
}

}  // namespace mmx::admin
