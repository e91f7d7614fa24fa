#include "store/refusals.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {

namespace field = redis_keys::field;

void note_refusal(Store& store, std::string_view action, std::string_view object,
                  std::int64_t failures)
{
    store.redis().call(Command{"HINCRBY", redis_keys::refusal_counts, action, "1"});
    if (failures == 0) {
        return;
    }
    const std::string kept = std::to_string(refusals_kept_max);
    store.redis().call(Command{"XADD", redis_keys::refusals, "MAXLEN", "~", kept, "*"}
                           .add(field::audit_time, std::to_string(store.now()))
                           .add(field::audit_actor, store.actor())
                           .add(field::audit_address, store.address())
                           .add(field::audit_action, action)
                           .add(field::audit_object, object)
                           .add(field::audit_detail, to_text({{"failures", failures}})));
}

std::map<std::string, std::int64_t> refusal_counts(Store& store)
{
    std::map<std::string, std::int64_t> counts;
    for (const std::string_view action : {refused_login, refused_setup}) {
        const Reply reply = store.redis().call(Command{"HGET", redis_keys::refusal_counts, action});
        counts.emplace(action, parse_limit(reply.text).value_or(0));
    }
    return counts;
}

}  // namespace mmx::admin
