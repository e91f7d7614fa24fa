#include "cli/check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "check/checks.hpp"
#include "check/examine.hpp"
#include "check/gateway_page.hpp"
#include "check/patch_level.hpp"
#include "cli/context.hpp"
#include "cli/table.hpp"

namespace mmx::admin {
namespace {

using Level = Finding::Level;

std::string redis_advice(ErrorCode code)
{
    switch (code) {
    case ErrorCode::redis_unavailable: return "start it, or name the right one with --redis";
    case ErrorCode::secret_file: return "correct the password file, or name the right one";
    default: return "look at Redis' users, password and rights";
    }
}

std::string findings_text(const Findings& findings)
{
    std::string text;
    for (const Finding& finding : findings) {
        const std::string_view label = finding.level == Level::ok     ? "ok    "
                                       : finding.level == Level::warn ? "warn  "
                                                                      : "FAIL  ";
        text.append(label).append(finding.subject).append(": ").append(printable(finding.message));
        text.append(finding.advice.empty() ? "" : "; " + finding.advice).append("\n");
    }
    return text;
}

}  // namespace

int run_check(Context& context, const Invocation&)
{
    Findings findings;
    const auto secrets = check_secret(context.config().secret_file, findings);
    check_way(context.config().redis, findings);
    try {
        RedisClient& redis = context.redis();
        findings.push_back(
            {Level::ok, "Redis", "answers at " + context.config().redis.display(), ""});
        examine(redis, secrets.get(), check_records_max, findings);
    } catch (const Error& error) {
        findings.push_back({Level::fail, "Redis", error.what(), redis_advice(error.code())});
    }
    const std::string& gateway = context.config().gateway;
    check_patch_levels(gateway, check_gateway(gateway, findings), findings);
    context.print(findings_json(findings), findings_text(findings));
    const bool failed = std::ranges::any_of(
        findings, [](const Finding& finding) { return finding.level == Level::fail; });
    return failed ? 1 : 0;
}

}  // namespace mmx::admin
