#include "store/key_rights.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr const char* aliases_member = "aliases";

// Sets a field, or removes it where there is nothing to say.
void put(std::string_view name, const std::string& value, bool is_nothing, Command& set,
         Command& cut)
{
    if (is_nothing) {
        cut.add(name);
    } else {
        set.add(name, value);
    }
}

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

std::vector<Command> record_commands(const KeyId& id, const KeyRights& rights)
{
    const std::string record = redis_keys::record(id);
    Command set{"HSET", record, field::state, rights.enabled ? state_active : state_disabled};
    set.add(field::day, std::to_string(rights.limits.day));
    set.add(field::month, std::to_string(rights.limits.month));
    Command cut{"HDEL", record, field::alias};
    put(field::expires_at, std::to_string(rights.expires_at), rights.expires_at == 0, set, cut);
    put(field::networks, rights.networks, rights.networks.empty(), set, cut);
    return {set, cut, Command{"HSET", redis_keys::about(id), field::user, rights.user}};
}

}  // namespace mmx::admin
