#include "check/records_check.hpp"

#include <string>
#include <vector>

#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

std::vector<std::string> listed_records(RedisClient& redis)
{
    std::vector<std::string> records;
    for (const Reply& name : redis.call(Command{"SMEMBERS", redis_keys::users}).elements) {
        records.push_back(redis_keys::user(name.text));
    }
    for (const Reply& hash :
         redis.call(Command{"ZRANGE", redis_keys::tokens, "0", "-1"}).elements) {
        records.push_back(redis_keys::token(hash.text));
    }
    return records;
}

std::size_t strange_count(Store& store, const std::vector<std::string>& records)
{
    std::vector<Command> queries;
    for (const std::string& record : records) {
        queries.push_back(Command{"HGET", record, redis_keys::field::sealed});
    }
    const std::vector<Reply> sealed = store.redis().pipeline(queries);
    std::size_t count = 0;
    for (std::size_t i = 0; i < records.size(); i++) {
        count += store.secrets().open_record(records[i], checked(sealed[i]).text) ? 0 : 1;
    }
    return count;
}

}  // namespace

void check_records(Store& store, const Settings& settings, Findings& findings)
{
    if (store.secrets().stage_of_check(settings.secret_check) == SealStage::masters) {
        findings.push_back({Finding::Level::fail, "accounts and tokens",
                            "those of the release before are not sealed yet: nobody can log in",
                            "start the daemon, which seals them once"});
        return;
    }
    const std::vector<std::string> records = listed_records(store.redis());
    if (const std::size_t strange = strange_count(store, records); strange > 0) {
        findings.push_back(
            {Finding::Level::fail, "accounts and tokens",
             std::to_string(strange) + " of " + std::to_string(records.size()) +
                 " do not open and count as absent: somebody else wrote them to Redis",
             "see who may write to Redis (conf/users.acl), and make the accounts and tokens that "
             "are missing anew"});
        return;
    }
    findings.push_back({Finding::Level::ok, "accounts and tokens", "sealed, and open", ""});
}

}  // namespace mmx::admin
