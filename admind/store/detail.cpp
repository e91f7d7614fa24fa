// The part of json.hpp that audit entries keep.

#include "format/json.hpp"

namespace mmx::admin {
namespace {

template <typename Before, typename After>
void put_change(Json& json, const char* name, const Before& before,
                const std::optional<After>& after)
{
    if (after) {
        json[name] = {{"from", before}, {"to", *after}};
    }
}

}  // namespace

std::string hint_detail(std::string_view hint)
{
    return to_text({{"hint", hint}});
}

std::string settings_change_detail(const Settings& before, const SettingsChange& change)
{
    Json json = Json::object();
    put_change(json, "timezone", before.timezone, change.timezone);
    put_change(json, "default_day", before.defaults.day, change.default_day);
    put_change(json, "default_month", before.defaults.month, change.default_month);
    put_change(json, "retention_days", before.retention_days, change.retention_days);
    return to_text(json);
}

std::string creation_detail(std::span<const NewKey> keys)
{
    if (keys.size() == 1) {
        const NewKey& key = keys.front();
        return to_text({{"user", key.user}, {"day", key.limits.day}, {"month", key.limits.month}});
    }
    Json ids = Json::array();
    for (const NewKey& key : keys) {
        ids.push_back(key.id.view());
    }
    return to_text({{"user", keys.front().user}, {"ids", std::move(ids)}});
}

std::string key_change_detail(const Key& before, const KeyChange& change)
{
    Json json = Json::object();
    put_change(json, "enabled", before.enabled, change.enabled);
    put_change(json, "day", before.limits.day, change.day);
    put_change(json, "month", before.limits.month, change.month);
    put_change(json, "expires_at", before.expires_at, change.expires_at);
    put_change(json, "networks", before.networks, change.networks);
    put_change(json, "user", before.user, change.user);
    put_change(json, "note", before.note, change.note);
    return to_text(json);
}

std::string batch_detail(std::span<const KeyId> ids, const KeyChange& change)
{
    Json json = Json::parse(key_change_detail({}, change));
    for (Json& item : json) {
        item.erase("from");
    }
    json["ids"] = Json::array();
    for (const KeyId& id : ids) {
        json["ids"].push_back(id.view());
    }
    return to_text(json);
}

std::string deletion_detail(const Key& key)
{
    return to_text({{"user", key.user},
                    {"hint", key.hint},
                    {"day", key.limits.day},
                    {"month", key.limits.month},
                    {"month_used", key.month_used}});
}

std::string rotation_detail(const KeyId& new_id, std::int64_t until)
{
    return to_text({{"new_id", new_id.view()}, {"until", until}});
}

}  // namespace mmx::admin
