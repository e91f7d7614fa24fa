#include "check/account_check.hpp"

#include <string>

#include "store/account_refusals.hpp"

namespace mmx::admin {
namespace {

constexpr int unauthorized = 401, payment_required = 402;

// By MiniMax' code, or by the status where it told none that we know.
std::string advice_for(const AccountRefusals& refusals)
{
    switch (refusals.code) {
    case 1004:
    case 2049: return "set a valid master key with `mmx-admind master set`";
    case 1008: return "top up the account's balance at MiniMax";
    case 1028:
    case 1030:
    case 2056: return "the plan is used up: wait until it renews, or buy more at MiniMax";
    case 2061: return "choose a plan at MiniMax that has the model which was asked for";
    case 2062: return "the account has no plan: subscribe to one at MiniMax";
    default: break;
    }
    switch (refusals.status) {
    case unauthorized: return "set a valid master key with `mmx-admind master set`";
    case payment_required: return "top up the account's balance at MiniMax";
    default: return "see the state and the rights of the account at MiniMax";
    }
}

std::string message_of(const AccountRefusals& refusals, const Calendar& calendar)
{
    std::string text = "MiniMax refuses it";
    if (refusals.count > 0) {
        text += ", " + std::to_string(refusals.count) +
                (refusals.count == 1 ? " request" : " requests") + " today";
    }
    text += ", with HTTP " + std::to_string(refusals.status);
    if (refusals.code != 0) {
        text += ", code " + std::to_string(refusals.code);
    }
    return text + ": first " + calendar.iso8601(refusals.first) + ", last " +
           calendar.iso8601(refusals.last);
}

}  // namespace

void check_account(Store& store, const Settings& settings, Findings& findings)
{
    const std::int64_t now = store.now();
    const Calendar calendar = load_calendar(settings);
    const QuotaDay today = calendar.day_at(now);
    const auto refusals = read_account_refusals(store.redis(), today, settings);
    const bool is_now = refusals && now - refusals->last <= account_refused_now_s;
    if (!refusals || (!is_now && refusals->last < today.begin)) {
        findings.push_back(
            {Finding::Level::ok, "MiniMax account", "not refused by MiniMax today", ""});
        return;
    }
    findings.push_back({is_now ? Finding::Level::fail : Finding::Level::warn, "MiniMax account",
                        message_of(*refusals, calendar), advice_for(*refusals)});
}

}  // namespace mmx::admin
