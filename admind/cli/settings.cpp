#include "cli/settings.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/secret_files.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "lib/redis_keys.hpp"
#include "store/keys.hpp"
#include "store/settings.hpp"

namespace mmx::admin {
namespace {

constexpr std::size_t sample_size = 10;  // sealed keys that are tried where nothing else tells

[[noreturn]] void refuse_other_secret(const std::string& path, const std::string& what)
{
    throw Error(ErrorCode::wrong_secret,
                what + " " + path +
                    ": put the secret file back that this Redis was set up with, or use an empty "
                    "database");
}

// Settings that were lost leave keys whose secret only their seals can tell.
void require_opening_keys(Store& store, const Settings& settings, const Secrets& secrets)
{
    if (!settings.master.empty()) {
        secrets.open_master(settings.master);
    }
    for (const KeyId& id : Keys(store).ids(0, sample_size)) {
        Keys(store).open(id);
    }
}

void require_right_secret(Context& context, const Settings& settings)
{
    const std::string& path = context.config().secret_file;
    const Secrets& secrets = context.secrets();
    try {
        if (settings.secret_check.empty()) {
            require_opening_keys(context.raw_store(), settings, secrets);
        } else if (!secrets.opens_check(settings.secret_check)) {
            refuse_other_secret(path, "Redis holds what was sealed under another secret than");
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::sealed_value) {
            throw;
        }
        refuse_other_secret(path, "Redis holds what was sealed under another secret than");
    }
}

std::string limit_text(std::int64_t limit)
{
    return limit == 0 ? "unlimited" : std::to_string(limit);
}

std::string settings_text(const Settings& settings)
{
    Table table({"timezone", settings.timezone});
    table.add({"default day limit", limit_text(settings.defaults.day)});
    table.add({"default month limit", limit_text(settings.defaults.month)});
    table.add({"retention", std::to_string(settings.retention_days) + " days"});
    table.add({"refund bound", std::to_string(settings.refund_bound)});
    table.add({"language", settings.language});
    table.add({"contact", settings.contact.empty() ? "none" : settings.contact});
    table.add({"version", std::to_string(settings.version)});
    return table.text();
}

std::string zone_option(std::string_view zone)
{
    if (!Calendar::load(zone)) {
        throw Error(ErrorCode::invalid_argument,
                    "--timezone \"" + std::string(zone) +
                        "\": expected the IANA name of a zone that this machine knows, such as "
                        "Asia/Shanghai (tzdata has to be installed)");
    }
    return std::string(zone);
}

std::string language_option(std::string_view language)
{
    if (std::ranges::find(languages, language) == std::end(languages)) {
        throw Error(ErrorCode::invalid_argument,
                    "--language \"" + std::string(language) + "\": expected zh or en");
    }
    return std::string(language);
}

}  // namespace

int run_init(Context& context, const Invocation& invocation)
{
    const std::string& path = context.config().secret_file;
    const std::string group = group_option(invocation);
    // Redis first: when it holds sealed values, a new secret would be the wrong one.
    const Settings settings = read_settings(context.redis());
    const bool used = !settings.secret_check.empty() || !settings.master.empty() ||
                      context.redis().call(Command{"EXISTS", redis_keys::index}).integer > 0;
    if (used && !secret_file_exists(path)) {
        refuse_other_secret(path, "Redis holds sealed values, and there is no secret file");
    }
    const bool created = make_secret_file(path, group, nullptr);
    require_right_secret(context, settings);
    const bool settings_created = write_missing_settings(context.raw_store());
    context.store();  // another init may have been faster, with another secret
    context.print(init_json(path, created, settings_created),
                  "secret file " + path + (created ? ": made" : ": there already, and good") +
                      "\nsettings: " + (settings_created ? "written" : "there already") + "\n");
    return 0;
}

int run_master_set(Context& context, const Invocation&)
{
    Store& store = context.store();
    const SecretText master = read_secret_from_stdin("MiniMax key: ", master_key_length_max);
    if (const std::string fault = master_key_fault(master.view()); !fault.empty()) {
        throw Error(ErrorCode::invalid_input,
                    "the master key " + fault + ": expected MiniMax's key");
    }
    set_master(store, master.view());
    const Settings settings = read_settings(store);
    context.print(master_json(settings, context.calendar()),
                  "master key set: " + printable(settings.master_hint) + "\n");
    return 0;
}

int run_master_show(Context& context, const Invocation&)
{
    const Settings settings = read_settings(context.store());
    std::string text = "no master key is set: `mmx-admind master set` sets it\n";
    if (!settings.master.empty()) {
        Table table({"hint", settings.master_hint});
        table.add({"updated", context.calendar().iso8601(settings.master_updated_at)});
        text = table.text();
    }
    context.print(master_json(settings, context.calendar()), text);
    return 0;
}

int run_settings_show(Context& context, const Invocation&)
{
    const Settings settings = read_settings(context.store());
    context.print(settings_json(settings), settings_text(settings));
    return 0;
}

int run_settings_set(Context& context, const Invocation& invocation)
{
    SettingsChange change;
    change.default_day = limit_option(invocation, "default-day");
    change.default_month = limit_option(invocation, "default-month");
    if (invocation.has("retention-days")) {
        change.retention_days =
            count_option(invocation, "retention-days", retention_min, retention_max, 0);
    }
    if (invocation.has("refund-bound")) {
        change.refund_bound = count_option(invocation, "refund-bound", 0, refund_bound_max, 0);
    }
    if (const auto zone = invocation.value("timezone")) {
        change.timezone = zone_option(*zone);
    }
    if (const auto language = invocation.value("language")) {
        change.language = language_option(*language);
    }
    change.contact = text_option(invocation, "contact", contact_length_max, false);
    if (change.is_empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "nothing to set: expected --timezone, --default-day, --default-month, "
                    "--retention-days, --refund-bound, --language or --contact");
    }
    Store& store = context.store();
    change_settings(store, change);
    const Settings settings = read_settings(store);
    context.print(settings_json(settings), settings_text(settings));
    return 0;
}

}  // namespace mmx::admin
