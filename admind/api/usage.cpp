#include "api/usage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/answers.hpp"
#include "api/common.hpp"
#include "auth/throttle.hpp"
#include "base/error.hpp"
#include "check/examine.hpp"
#include "check/gateway_page.hpp"
#include "format/csv_exports.hpp"
#include "lib/times.hpp"
#include "store/key_list.hpp"
#include "store/key_lookup.hpp"
#include "store/keys.hpp"
#include "store/usage.hpp"

namespace mmx::admin {
namespace {

constexpr int overview_days = 30;
constexpr std::size_t busiest_max = 10;

std::vector<DayUsage> usage_of(Call& call, const std::optional<KeyId>& id)
{
    const DateRange range = date_range(call);
    call.query().finish();
    return Usage(call.store()).days(id, range.from, range.to);
}

Response usage_response(Call& call, const std::optional<KeyId>& id)
{
    const std::vector<DayUsage> days = usage_of(call, id);
    return json_response(usage_json(id, call.calendar().timezone(), days));
}

Response usage_export(Call& call, const std::optional<KeyId>& id)
{
    const std::vector<DayUsage> days = usage_of(call, id);
    const std::string of = id ? "-" + std::string(id->view().substr(0, 8)) : "";
    return csv_response("mmx-usage" + of + "-" + days.front().date + "-" + days.back().date +
                            ".csv",
                        usage_csv(days));
}

[[noreturn]] void refuse_unknown_key()
{
    throw Error(ErrorCode::invalid_credentials,
                "this key is not known here: check that it is complete");
}

// The key that is presented. Whether there is none of it, or none any more, shows nowhere.
Key held_key(Call& call)
{
    const std::string_view presented = call.request().header("x-api-key");
    if (!is_well_formed_api_key(presented)) {
        refuse_unknown_key();
    }
    try {
        const KeyId id = KeyLookup(call.store()).resolve_key(presented);
        const auto key = Keys(call.store()).find(id, call.today());
        const bool renamed = key && key->id != call.daemon().secrets.id(presented);
        if (key && (!renamed || key->rotated_until > call.now())) {
            return *key;
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
            throw;
        }
    }
    refuse_unknown_key();
}

}  // namespace

Response get_usage(Call& call)
{
    return usage_response(call, std::nullopt);
}

Response export_usage(Call& call)
{
    return usage_export(call, std::nullopt);
}

Response get_key_usage(Call& call)
{
    const KeyId id = find_key(call, key_of_path(call)).id;
    return usage_response(call, id);
}

Response export_key_usage(Call& call)
{
    const KeyId id = find_key(call, key_of_path(call)).id;
    return usage_export(call, id);
}

Response look_up_usage(Call& call)
{
    Throttle(call.store()).look_up();
    const Key key = held_key(call);
    const std::vector<DayUsage> days = usage_of(call, key.id);
    return json_response(held_json(key, days, call.calendar(), call.now()));
}

Response get_overview(Call& call)
{
    call.query().finish();
    Store& store = call.store();
    const QuotaDay today = call.today();
    const std::string trend_from = add_days(today.date, 1 - overview_days);
    const std::string month_from = std::string(today.month()) + "-01";
    Overview overview;
    overview.days = Usage(store).days(std::nullopt, std::min(trend_from, month_from), today.date);
    overview.counts = KeyList(store).counts();
    overview.busiest = Keys(store).read(KeyList(store).busiest(busiest_max), today);
    for (const DayUsage& day : overview.days) {
        if (day.date >= month_from) {
            overview.month += day.figures;
        }
    }
    std::erase_if(overview.days, [&](const DayUsage& day) { return day.date < trend_from; });
    overview.warnings = find_warnings(call.redis(), call.daemon().secrets, call.settings());
    overview.refusals = read_account_refusals(call.redis(), today, call.settings());
    call.release_redis();  // the gateway may keep us waiting
    check_gateway(call.daemon().config.gateway, overview.warnings);
    std::erase_if(overview.warnings,
                  [](const Finding& f) { return f.level == Finding::Level::ok; });
    return json_response(overview_json(overview, call.calendar(), call.now()));
}

}  // namespace mmx::admin
