#include "store/store.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "format/json.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

constexpr std::string_view settings_fields[] = {
    field::version,        field::timezone,   field::default_day, field::default_month,
    field::retention_days, field::master,     field::master_hint, field::master_updated_at,
    field::secret_check,   field::audit_head,
};

std::int64_t number_or(const std::string& text, std::int64_t otherwise)
{
    return parse_limit(text).value_or(otherwise);
}

// After a refusal: the connection goes on to others, whose transactions our WATCH must not fail.
void forget_watch(RedisClient& redis) noexcept
{
    try {
        if (!redis.has_failed()) {
            redis.call(Command{"UNWATCH"});
        }
    } catch (const std::exception&) {
        // It has failed now, and is never lent again.
    }
}

}  // namespace

Store::Store(RedisClient& redis, const Secrets& secrets, std::string actor, std::string address)
    : redis_(redis), secrets_(secrets), actor_(std::move(actor)), address_(std::move(address))
{
}

Settings Store::read_settings(RedisClient& redis)
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
    settings.master = text(field::master);
    settings.master_hint = text(field::master_hint);
    settings.master_updated_at = number_or(text(field::master_updated_at), 0);
    settings.secret_check = text(field::secret_check);
    settings.audit_head = text(field::audit_head);
    return settings;
}

void Store::require_initialized()
{
    const std::string check = settings().secret_check;
    if (check.empty()) {
        throw Error(ErrorCode::not_initialized,
                    "this Redis has not been set up: run `mmx-admind init` first");
    }
    if (!secrets_.opens_check(check)) {
        throw Error(ErrorCode::wrong_secret,
                    "the secret file is not the one this Redis was set up with: put that file "
                    "back, or name it with --secret");
    }
}

std::int64_t Store::now()
{
    const Reply time = redis_.call(Command{"TIME"});
    if (time.elements.size() != 2) {
        throw Error(ErrorCode::redis_unavailable, "Redis does not tell the time");
    }
    return number_or(time.elements[0].text, 0);
}

// Puts the entries behind the newest one, and cuts the oldest beyond audit_length_max.
void Store::append_audit(std::vector<AuditEntry> entries, std::int64_t now,
                         std::vector<Command>& commands)
{
    std::string prev = redis_.call(Command{"HGET", redis_keys::settings, field::audit_head}).text;
    for (AuditEntry& entry : entries) {
        entry.time = now;
        entry.actor = actor_;
        entry.address = address_;
        entry.prev = prev;
        entry.hash = audit_hash(secrets_.audit(), entry);
        commands.push_back(
            Command{"XADD", redis_keys::audit, "MAXLEN", "~", std::to_string(audit_length_max), "*"}
                .add(field::audit_time, std::to_string(entry.time))
                .add(field::audit_actor, entry.actor)
                .add(field::audit_address, entry.address)
                .add(field::audit_action, entry.action)
                .add(field::audit_object, entry.object)
                .add(field::audit_detail, entry.detail)
                .add(field::audit_prev, entry.prev)
                .add(field::audit_hash, entry.hash));
        prev = entry.hash;
    }
    commands.push_back(Command{"HSET", redis_keys::settings, field::audit_head, prev});
}

std::vector<Reply> Store::apply(const std::vector<std::string>& watched,
                                const std::function<Change(std::int64_t now)>& build)
{
    Command watch{"WATCH", redis_keys::audit};
    for (const std::string& name : watched) {
        watch.add(name);
    }
    for (int attempt = 0; attempt < change_attempts_max; attempt++) {
        redis_.call(watch);
        Change change;
        try {
            const std::int64_t time = now();
            change = build(time);
            if (!change.commands.empty() || !change.entries.empty()) {
                append_audit(std::move(change.entries), time, change.commands);
            }
        } catch (...) {
            forget_watch(redis_);
            throw;
        }
        if (change.commands.empty()) {
            redis_.call(Command{"UNWATCH"});
            return {};
        }
        if (auto replies = redis_.transact(change.commands)) {
            return std::move(*replies);
        }
    }
    throw Error(ErrorCode::conflict, "others keep changing the same thing: try again");
}

bool Store::write_missing_settings()
{
    const std::vector<Reply> replies =
        apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
            const Settings now = settings();
            Command command{"HSET", redis_keys::settings};
            if (now.secret_check.empty()) {
                command.add(field::secret_check, secrets_.seal_check());
            }
            const std::pair<std::string_view, std::string> defaults[] = {
                {field::timezone, now.timezone},
                {field::default_day, std::to_string(now.defaults.day)},
                {field::default_month, std::to_string(now.defaults.month)},
                {field::retention_days, std::to_string(now.retention_days)},
            };
            for (const auto& [name, value] : defaults) {
                if (redis_.call(Command{"HEXISTS", redis_keys::settings, name}).integer == 0) {
                    command.add(name, value);
                }
            }
            if (command.words().size() == 2) {
                return Change{};
            }
            return Change{{command, Command{"HINCRBY", redis_keys::settings, field::version, "1"}},
                          {audit_entry("init", "settings", "{}")}};
        });
    return !replies.empty();
}

void Store::change_settings(const SettingsChange& change)
{
    apply({std::string(redis_keys::settings)}, [&](std::int64_t) {
        Command command{"HSET", redis_keys::settings};
        if (change.timezone) {
            command.add(field::timezone, *change.timezone);
        }
        const std::pair<std::string_view, const std::optional<std::int64_t>&> numbers[] = {
            {field::default_day, change.default_day},
            {field::default_month, change.default_month},
            {field::retention_days, change.retention_days},
        };
        for (const auto& [name, value] : numbers) {
            if (value) {
                command.add(name, std::to_string(*value));
            }
        }
        return Change{
            {command, Command{"HINCRBY", redis_keys::settings, field::version, "1"}},
            {audit_entry("settings.set", "settings", settings_change_detail(settings(), change))}};
    });
}

void Store::set_master(std::string_view master)
{
    apply({}, [&](std::int64_t time) {
        const std::string hint = master_key_hint(master);
        return Change{{Command{"HSET", redis_keys::settings}
                           .add(field::master, secrets_.seal_master(master))
                           .add(field::master_hint, hint)
                           .add(field::master_updated_at, std::to_string(time)),
                       Command{"HINCRBY", redis_keys::settings, field::version, "1"}},
                      {audit_entry("master.set", "master", hint_detail(hint))}};
    });
}

}  // namespace mmx::admin
