#include "cli/usage.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "format/csv_exports.hpp"
#include "lib/times.hpp"
#include "store/audit_trail.hpp"
#include "store/settings.hpp"
#include "store/usage.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t range_max = retention_max;  // days of usage at once
constexpr int range_default = 7;                   // days

std::string usage_text(const std::vector<DayUsage>& days)
{
    Table table(figure_names());
    Figures total;
    for (const DayUsage& day : days) {
        table.add(figure_cells(day.date, day.figures));
        total += day.figures;
    }
    table.add(figure_cells("total", total));
    return table.text();
}

std::string audit_text(const std::vector<AuditEntry>& entries, const Calendar& calendar)
{
    Table table({"TIME", "WHO", "FROM", "WHAT", "OBJECT", "DETAIL"});
    for (const AuditEntry& entry : entries) {
        table.add({calendar.iso8601(entry.time), entry.actor,
                   entry.address.empty() ? "-" : entry.address, entry.action, entry.object,
                   entry.detail});
    }
    return table.text();
}

int verify_audit(Context& context, const std::optional<std::string_view>& since)
{
    if (since && !is_audit_hash(*since)) {
        throw Error(ErrorCode::invalid_argument,
                    "expected a hash for --since, 64 of the digits 0-9 a-f, as an earlier "
                    "`audit --verify` printed it");
    }
    const AuditReport report = AuditTrail(context.store()).verify(since.value_or(""));
    if (!report.fault.empty()) {
        throw Error(ErrorCode::audit_broken, "the audit trail was altered: " + report.fault);
    }
    context.print(verified_json(report),
                  "the audit trail holds: " + std::to_string(report.entries) +
                      " entries, the oldest kept is number " + std::to_string(report.first) +
                      "\nits newest hash, to be noted elsewhere for `audit --verify --since`:\n" +
                      report.last + "\n");
    return 0;
}

}  // namespace

int run_usage(Context& context, const Invocation& invocation)
{
    if (invocation.has("csv") && context.config().json) {
        throw Error(ErrorCode::invalid_argument, "expected --csv or --json, not both");
    }
    const std::string to = date_option(invocation, "to", context.today().date);
    const std::string from = date_option(invocation, "from", add_days(to, 1 - range_default));
    if (from > to) {
        throw Error(ErrorCode::invalid_argument, "--from " + from + " is later than --to " + to +
                                                     ": expected the earlier first");
    }
    if (add_days(from, static_cast<int>(range_max)) <= to) {
        throw Error(ErrorCode::invalid_argument,
                    "expected at most " + std::to_string(range_max) + " days at once");
    }
    std::optional<KeyId> id;
    if (!invocation.argument.empty()) {
        id = key_of_argument(context, invocation.argument);
    }
    const std::vector<DayUsage> days = Usage(context.store()).days(id, from, to);
    context.print(usage_json(id, context.calendar().timezone(), days),
                  invocation.has("csv") ? usage_csv(days) : usage_text(days));
    return 0;
}

int run_audit(Context& context, const Invocation& invocation)
{
    constexpr std::int64_t limit_default = 50;
    const std::int64_t limit =
        count_option(invocation, "limit", 1, audit_length_max, limit_default);
    if (invocation.has("since") && !invocation.has("verify")) {
        throw Error(ErrorCode::invalid_argument, "--since needs --verify");
    }
    if (invocation.has("verify")) {
        return verify_audit(context, invocation.value("since"));
    }
    const AuditKind kind = invocation.has("refusals") ? AuditKind::refusals : AuditKind::changes;
    const auto entries = AuditTrail(context.store()).newest(static_cast<std::size_t>(limit), kind);
    context.print(audit_json(entries, context.calendar()), audit_text(entries, context.calendar()));
    return 0;
}

}  // namespace mmx::admin
