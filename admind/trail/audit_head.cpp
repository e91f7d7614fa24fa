#include "trail/audit_head.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "lib/redis_keys.hpp"
#include "trail/audit_chain.hpp"

namespace mmx::admin {
namespace {

constexpr const char* earlier_member = "earlier";  // heads of releases before have none

AuditHead head_of(const AuditChain& chain)
{
    return {.count = chain.entries,
            .hash = chain.last,
            .first = 1,
            .before = chain.before,
            .first_time = chain.first_time,
            .doubtful = 0,
            .earlier = {}};
}

std::vector<EarlierAuditKey> earlier_of(const Json& json)
{
    std::vector<EarlierAuditKey> earlier;
    for (const Json& key : json.value(earlier_member, Json::array())) {
        earlier.push_back({.until = key.at("until").get<std::int64_t>(),
                           .sealed = key.at("key").get<std::string>()});
    }
    return earlier;
}

// The release before noted the newest entry's hash, and nothing of where the trail begins.
bool fits_old_head(RedisClient& redis, const AuditChain& chain)
{
    const std::string old =
        redis.call(Command{"HGET", redis_keys::settings, redis_keys::field::old_audit_head}).text;
    const bool begins =
        chain.before.empty() || chain.entries >= static_cast<std::int64_t>(audit_length_max);
    return chain.last == old && begins;
}

}  // namespace

std::string sealed_head(const Secrets& secrets, const AuditHead& head)
{
    Json json = {{"count", head.count},           {"hash", head.hash},
                 {"first", head.first},           {"before", head.before},
                 {"first_time", head.first_time}, {"doubtful", head.doubtful}};
    for (const EarlierAuditKey& key : head.earlier) {
        json[earlier_member].push_back({{"until", key.until}, {"key", key.sealed}});
    }
    return secrets.seal_record(redis_keys::audit_head, to_text(json));
}

std::optional<AuditHead> open_head(const Secrets& secrets, std::string_view sealed)
{
    const auto text = secrets.open_record(redis_keys::audit_head, sealed);
    if (!text) {
        return std::nullopt;
    }
    const Json json = parse_json_object(*text);
    return AuditHead{.count = json.at("count").get<std::int64_t>(),
                     .hash = json.at("hash").get<std::string>(),
                     .first = json.at("first").get<std::int64_t>(),
                     .before = json.at("before").get<std::string>(),
                     .first_time = json.at("first_time").get<std::int64_t>(),
                     .doubtful = json.at("doubtful").get<std::int64_t>(),
                     .earlier = earlier_of(json)};
}

FoundHead find_head(RedisClient& redis, const Secrets& secrets, std::string_view sealed,
                    std::string_view check)
{
    if (auto head = open_head(secrets, sealed)) {
        return {.head = std::move(*head), .state = FoundHead::State::good};
    }
    const auto stage = secrets.stage_of_check(check);
    const bool may_be_missing =
        check.empty() || stage == SealStage::masters || stage == SealStage::accounts;
    const AuditChain chain = walk_chain(redis, AuditKeys(secrets, {}), "+");
    FoundHead found{.head = head_of(chain),
                    .state = sealed.empty() && may_be_missing ? FoundHead::State::older
                                                              : FoundHead::State::lost};
    if (found.state == FoundHead::State::lost || !fits_old_head(redis, chain)) {
        found.head.doubtful = found.head.count + 1;
    }
    return found;
}

}  // namespace mmx::admin
