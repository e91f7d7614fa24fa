#include "store/key_rights.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr const char* aliases_member = "aliases";

}  // namespace

Command keep_rights(const Secrets& secrets, const KeyId& id, const KeyRights& rights)
{
    Json aliases = Json::object();
    for (const KeyAlias& alias : rights.aliases) {
        aliases[std::string(alias.id.view())] = alias.until;
    }
    const Json json{{field::state, rights.enabled ? state_active : state_disabled},
                    {field::day, rights.limits.day},
                    {field::month, rights.limits.month},
                    {field::expires_at, rights.expires_at},
                    {field::networks, rights.networks},
                    {field::user, rights.user},
                    {aliases_member, aliases}};
    const std::string name = redis_keys::rights(id);
    return Command{"SET", name, secrets.seal_record(name, to_text(json))};
}

// What opens was made by us: its members are there, and of their kind.
std::optional<KeyRights> open_rights(const Secrets& secrets, const KeyId& id,
                                     std::string_view sealed)
{
    const auto text = secrets.open_record(redis_keys::rights(id), sealed);
    if (!text) {
        return std::nullopt;
    }
    const Json json = parse_json_object(*text);
    KeyRights rights{.enabled = json.at(field::state) == state_active,
                     .limits = {.day = json.at(field::day), .month = json.at(field::month)},
                     .expires_at = json.at(field::expires_at),
                     .networks = json.at(field::networks),
                     .user = json.at(field::user),
                     .aliases = {}};
    for (const auto& [name, until] : json.at(aliases_member).items()) {
        if (const auto alias = KeyId::parse(name)) {
            rights.aliases.push_back({.id = *alias, .until = until});
        }
    }
    return rights;
}

Command make_record(const KeyId& id, const KeyRights& rights)
{
    Command set{"HSET", redis_keys::record(id), field::state,
                rights.enabled ? state_active : state_disabled};
    set.add(field::day, std::to_string(rights.limits.day));
    set.add(field::month, std::to_string(rights.limits.month));
    if (rights.expires_at != 0) {
        set.add(field::expires_at, std::to_string(rights.expires_at));
    }
    if (!rights.networks.empty()) {
        set.add(field::networks, rights.networks);
    }
    return set;
}

std::vector<Command> change_rights(const Secrets& secrets, const KeyId& id, const KeyRights& rights)
{
    Command cut{"HDEL", redis_keys::record(id), field::alias};
    if (rights.expires_at == 0) {
        cut.add(field::expires_at);
    }
    if (rights.networks.empty()) {
        cut.add(field::networks);
    }
    return {make_record(id, rights), cut,
            Command{"HSET", redis_keys::about(id), field::user, rights.user},
            keep_rights(secrets, id, rights)};
}

}  // namespace mmx::admin
