#include "api/settings.hpp"

#include <nlohmann/json.hpp>

#include "api/answers.hpp"
#include "api/common.hpp"
#include "api/entity_tag.hpp"
#include "base/error.hpp"
#include "daemon/daemon.hpp"
#include "daemon/upstream_probe.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds zone_length{1, 64};
constexpr Bounds limit_range{0, limit_max};
constexpr Bounds contact_length{0, static_cast<std::int64_t>(contact_length_max)};
constexpr Bounds master_length{static_cast<std::int64_t>(master_key_length_min),
                               static_cast<std::int64_t>(master_key_length_max)};
constexpr std::int64_t probe_retry_s = 5;

Response settings_response(Call& call, const Settings& settings)
{
    Json json = settings_json(settings);
    json["settings"]["utc_offset"] = load_calendar(settings).offset_label(call.now());
    Response response = json_response(json);
    return std::move(response.set("ETag", tag_of(settings)));
}

// The member `key`; throws when it can be no master key.
std::optional<SecretText> master_member(Call& call)
{
    auto master = call.body().secret("key", master_length);
    if (master) {
        if (const std::string fault = master_key_fault(master->view()); !fault.empty()) {
            refuse_field("key", fault);
        }
    }
    return master;
}

SecretText stored_master(Call& call)
{
    const Settings& settings = call.settings();
    if (settings.master.empty()) {
        throw Error(ErrorCode::not_configured, "no master key is set, and none was given to test");
    }
    return call.daemon().secrets.open_master(settings.master);
}

}  // namespace

Response get_settings(Call& call)
{
    call.query().finish();
    return settings_response(call, call.settings());
}

Response change_settings(Call& call)
{
    Body& body = call.body();
    SettingsChange change;
    change.timezone = body.text("timezone", zone_length);
    change.default_day = body.number("default_day", limit_range);
    change.default_month = body.number("default_month", limit_range);
    change.retention_days = body.number("retention_days", {retention_min, retention_max});
    change.refund_bound = body.number("refund_bound", {0, refund_bound_max});
    if (const auto language = body.choice("language", languages)) {
        change.language = languages[*language];
    }
    if (auto contact = body.text("contact", contact_length)) {
        change.contact = checked_text("contact", std::move(*contact), contact_length_max, false);
    }
    body.finish();
    if (change.timezone && !Calendar::load(*change.timezone)) {
        refuse_field("timezone", "expected the IANA name of a zone that the daemon's machine "
                                 "knows, such as Asia/Shanghai");
    }
    if (change.is_empty()) {
        throw Error(ErrorCode::invalid_argument, "nothing to change: name at least one member");
    }
    change_settings(call.store(), change,
                    [&](const Settings& before) { require_match(call.request(), tag_of(before)); });
    return settings_response(call, read_settings(call.store()));
}

Response get_master(Call& call)
{
    call.query().finish();
    return json_response(master_json(call.settings(), call.calendar()));
}

Response set_master(Call& call)
{
    auto master = master_member(call);
    if (!master) {
        refuse_field("key", "is missing");
    }
    call.body().finish();
    set_master(call.store(), master->view());
    return json_response(master_json(read_settings(call.store()), call.calendar()));
}

Response test_master(Call& call)
{
    auto given = master_member(call);
    call.body().finish();
    const auto turn = call.daemon().probes.take();
    if (!turn) {
        throw Error::too_many("another test is running: try again in a moment", probe_retry_s);
    }
    const SecretText master = given ? std::move(*given) : stored_master(call);
    call.release_redis();
    const ProbeReport report =
        probe_upstream(parse_upstream(call.daemon().config.upstream), master.view());
    return json_response(probe_json(report));
}

}  // namespace mmx::admin
