#include "api/audit.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/answers.hpp"
#include "api/common.hpp"
#include "check/examine.hpp"
#include "check/gateway_page.hpp"
#include "check/patch_level.hpp"
#include "store/refusals.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t limit_max_of_page = 500, limit_default = 50;
constexpr std::size_t records_looked_at = 1000;
constexpr int check_retry_s = 2;
constexpr Bounds position_length{3, 41};
constexpr Bounds action_length{1, 65};
constexpr Bounds hash_length{1, 128};
constexpr Bounds name_length{1, 128};

// A stream's own id: two numbers of 64 bits with a dash between them.
bool is_position(std::string_view text)
{
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto is_number = [](std::string_view part) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        return error == std::errc() && end == part.data() + part.size();
    };
    return dash < text.size() && is_number(text.substr(0, dash)) &&
           is_number(text.substr(dash + 1));
}

bool is_action_name(std::string_view text)
{
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '.'; };
    return std::ranges::all_of(text, allowed);
}

// Both look at the whole trail.
std::shared_ptr<void> take_check(Call& call)
{
    auto turn = call.daemon().checks.take();
    if (!turn) {
        throw Error::too_many("another check is running: try again in a moment", check_retry_s);
    }
    return turn;
}

}  // namespace

Response list_audit(Call& call)
{
    Query& query = call.query();
    AuditFilter filter;
    filter.limit = static_cast<std::size_t>(
        query.number("limit", {1, limit_max_of_page}).value_or(limit_default));
    filter.kind = static_cast<AuditKind>(query.choice("kind", audit_kinds).value_or(0));
    filter.before = query.text("before", position_length).value_or("");
    filter.action = query.text("action", action_length).value_or("");
    filter.actor = query.text("actor", name_length).value_or("");
    filter.object = query.text("object", name_length).value_or("");
    query.finish();
    if (!filter.before.empty() && !is_position(filter.before)) {
        refuse_field("before", "expected the `next` of the page before");
    }
    if (!is_action_name(filter.action)) {
        refuse_field("action", "expected an action such as key.create, or a noun such as key");
    }
    Json json = audit_page_json(AuditTrail(call.store()).page(filter), call.calendar());
    if (filter.kind == AuditKind::refusals) {
        json["refused"] = refused_json(refusal_counts(call.store()));
    }
    return json_response(json);
}

Response verify_audit(Call& call)
{
    const auto since = call.body().text("since", hash_length);
    call.body().finish();
    if (since && !is_audit_hash(*since)) {
        refuse_field("since", "expected an entry's hash, 64 of the digits 0-9 a-f");
    }
    const auto turn = take_check(call);
    return json_response(verified_json(AuditTrail(call.store()).verify(since.value_or(""))));
}

Response get_check(Call& call)
{
    call.query().finish();
    const auto turn = take_check(call);
    Findings findings;
    examine(call.redis(), &call.daemon().secrets, records_looked_at, findings);
    call.release_redis();  // the gateway may keep us waiting
    const std::string& gateway = call.daemon().config.gateway;
    check_patch_levels(gateway, check_gateway(gateway, findings), findings);
    return json_response(findings_json(findings));
}

}  // namespace mmx::admin
