#include "store/key_sealing.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/json.hpp"
#include "lib/redis_keys.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

// Of those of the ids that have none. One that is changed meanwhile has got its own.
std::size_t seal_missing(Store& store, const std::vector<KeyId>& ids)
{
    const QuotaDay day = load_calendar(store).day_at(store.now());
    std::vector<Command> commands;
    for (const Key& key : Keys(store).read(ids, day)) {
        if (key.rights) {
            continue;
        }
        KeyRights rights = key.recorded();
        for (const KeyId& old : key.rotated_from) {
            rights.aliases.push_back(Keys(store).alias_of(key, old));
        }
        commands.push_back(keep_rights(store.secrets(), key.id, rights).add("NX"));
    }
    for (const Reply& reply : store.redis().pipeline(commands)) {
        checked(reply);
    }
    return commands.size();
}

}  // namespace

// Round after round, until one finds nothing to seal: keys that are deleted meanwhile move others
// past the place where it looks.
bool KeySealing::step(Store& store)
{
    if (done_) {
        return false;
    }
    const auto stage = store.stage();
    done_ = stage == SealStage::keys;
    if (stage != SealStage::trail) {
        return false;
    }
    const std::vector<KeyId> ids = Keys(store).ids(at_, read_batch);
    const std::size_t count = seal_missing(store, ids);
    in_round_ += count;
    sealed_ += count;
    at_ += ids.size();
    return ids.size() == read_batch || end(store);
}

bool KeySealing::end(Store& store)
{
    at_ = 0;
    if (in_round_ > 0) {
        in_round_ = 0;
        return true;
    }
    store.apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
        if (store.stage() != SealStage::trail) {
            return Store::Change{};
        }
        return Store::Change{{Command{"HSET", redis_keys::settings, field::secret_check,
                                      store.secrets().seal_check(SealStage::keys)}},
                             {audit_entry("keys.seal", "", to_text({{"keys", sealed_}}))}};
    });
    return true;
}

}  // namespace mmx::admin
