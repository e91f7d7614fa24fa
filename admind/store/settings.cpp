#include "store/settings.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "lib/redis_keys.hpp"
#include "store/detail.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::string_view settings_fields[] = {
    field::version,        field::timezone,     field::default_day,       field::default_month,
    field::retention_days, field::refund_bound, field::language,          field::contact,
    field::master,         field::master_hint,  field::master_updated_at, field::secret_check,
    field::reseal,
};

std::int64_t number_or(const std::string& text, std::int64_t otherwise)
{
    return parse_limit(text).value_or(otherwise);
}

}  // namespace

Command raise_version()
{
    return {"HINCRBY", redis_keys::settings, field::version, "1"};
}

Settings read_settings(RedisClient& redis)
{
    Command command{"HMGET", redis_keys::settings};
    for (const std::string_view name : settings_fields) {
        command.add(name);
    }
    const Reply reply = redis.call(command);
    Settings settings;
    settings.exist =
        std::ranges::any_of(reply.elements, [](const Reply& value) { return !value.is_nil(); });
    const auto text = [&](std::string_view name) -> const std::string& {
        const auto* const at = std::ranges::find(settings_fields, name);
        return reply.elements.at(static_cast<std::size_t>(at - settings_fields)).text;
    };
    settings.version = number_or(text(field::version), 0);
    if (!text(field::timezone).empty()) {
        settings.timezone = text(field::timezone);
    }
    settings.defaults.day = number_or(text(field::default_day), 0);
    settings.defaults.month = number_or(text(field::default_month), 0);
    settings.retention_days = number_or(text(field::retention_days), retention_default);
    settings.refund_bound = number_or(text(field::refund_bound), refund_bound_default);
    if (text(field::language) == "zh") {  // all else is English to the gateways, too
        settings.language = "zh";
    }
    settings.contact = text(field::contact);
    settings.master = text(field::master);
    settings.master_hint = text(field::master_hint);
    settings.master_updated_at = number_or(text(field::master_updated_at), 0);
    settings.secret_check = text(field::secret_check);
    settings.reseal = text(field::reseal);
    return settings;
}

Calendar load_calendar(const Settings& settings)
{
    auto calendar = Calendar::load(settings.timezone);
    if (!calendar) {
        throw Error(ErrorCode::not_configured,
                    "this machine knows no time zone \"" + settings.timezone +
                        "\": install tzdata, or choose another with `mmx-admind settings set "
                        "--timezone`");
    }
    return std::move(*calendar);
}

bool write_missing_settings(Store& store)
{
    const auto replies = store.apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
        const Settings now = read_settings(store);
        Command command{"HSET", redis_keys::settings};
        if (now.secret_check.empty()) {
            command.add(field::secret_check, store.secrets().seal_check(SealStage::keys));
        }
        const std::pair<std::string_view, std::string> defaults[] = {
            {field::timezone, now.timezone},
            {field::default_day, std::to_string(now.defaults.day)},
            {field::default_month, std::to_string(now.defaults.month)},
            {field::retention_days, std::to_string(now.retention_days)},
        };
        for (const auto& [name, value] : defaults) {
            if (store.redis().call(Command{"HEXISTS", redis_keys::settings, name}).integer == 0) {
                command.add(name, value);
            }
        }
        if (command.words().size() == 2) {
            return Store::Change{};
        }
        return Store::Change{{command, raise_version()}, {audit_entry("init", "settings", "{}")}};
    });
    return !replies.empty();
}

void change_settings(Store& store, const SettingsChange& change,
                     const std::function<void(const Settings&)>& require)
{
    store.apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
        const Settings before = read_settings(store);
        if (require) {
            require(before);
        }
        Command command{"HSET", redis_keys::settings};
        const std::pair<std::string_view, const std::optional<std::string>&> texts[] = {
            {field::timezone, change.timezone},
            {field::language, change.language},
            {field::contact, change.contact},
        };
        for (const auto& [name, value] : texts) {
            if (value) {
                command.add(name, *value);
            }
        }
        const std::pair<std::string_view, const std::optional<std::int64_t>&> numbers[] = {
            {field::default_day, change.default_day},
            {field::default_month, change.default_month},
            {field::retention_days, change.retention_days},
            {field::refund_bound, change.refund_bound},
        };
        for (const auto& [name, value] : numbers) {
            if (value) {
                command.add(name, std::to_string(*value));
            }
        }
        return Store::Change{
            {command, raise_version()},
            {audit_entry("settings.set", "settings", change_detail(before, change))}};
    });
}

void set_master(Store& store, std::string_view master)
{
    store.apply({}, [&](std::int64_t time) {
        const std::string hint = master_key_hint(master);
        return Store::Change{{Command{"HSET", redis_keys::settings}
                                  .add(field::master, store.secrets().seal_master(master))
                                  .add(field::master_hint, hint)
                                  .add(field::master_updated_at, std::to_string(time)),
                              raise_version()},
                             {audit_entry("master.set", "master", to_text({{"hint", hint}}))}};
    });
}

std::string change_detail(const Settings& before, const SettingsChange& change)
{
    Json json = Json::object();
    put_change(json, "timezone", before.timezone, change.timezone);
    put_change(json, "default_day", before.defaults.day, change.default_day);
    put_change(json, "default_month", before.defaults.month, change.default_month);
    put_change(json, "retention_days", before.retention_days, change.retention_days);
    put_change(json, "refund_bound", before.refund_bound, change.refund_bound);
    put_change(json, "language", before.language, change.language);
    put_change(json, "contact", before.contact, change.contact);
    return to_text(json);
}

}  // namespace mmx::admin
