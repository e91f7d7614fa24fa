#include "lib/refusal.hpp"

#include <array>
#include <cstddef>

namespace mmx {
namespace {

// In the order of the enumeration. In messages `{limit}`, `{address}` and `{reset}` stand for
// facts; a part in square brackets is left out when its fact is not known.
//
// OpenAI answers 401 and 403 as `invalid_request_error`, a used-up quota as `insufficient_quota`
// and a rate limit as `requests`. Of MiniMax' codes: 1004 not authorized, 2049 invalid API key,
// 2061 model not in the plan, 2056 plan's usage limit exceeded, 1002 rate limit, 1013 internal
// service error.
constexpr std::array<RefusalRow, 12> refusal_table = {{
    {Refusal::missing_key, 401, false, "invalid_api_key", "invalid_request_error",
     "authentication_error", 1004,
     "No API key was sent. Send your key (mmx-...) in the header Authorization: Bearer or in "
     "X-Api-Key.",
     "请求中没有 API Key。请在请求头 Authorization: Bearer 或 X-Api-Key 中携带您的 API "
     "Key（mmx-...）。"},
    {Refusal::malformed_key, 401, false, "invalid_api_key", "invalid_request_error",
     "authentication_error", 2049,
     "The API key is malformed: expected mmx- and 16 to 64 letters and digits, one key only. Check "
     "that it was copied whole and is sent once.",
     "API Key 格式不正确：应为 mmx- 加 16 至 64 位字母或数字，且只能有一个。请检查 API Key "
     "是否复制完整，且没有重复发送。"},
    {Refusal::unknown_key, 401, false, "invalid_api_key", "invalid_request_error",
     "authentication_error", 2049,
     "This API key is not valid. Check it for typing errors, or ask the administrator of this "
     "gateway for a key.",
     "API Key 无效。请检查是否输入有误，或联系网关管理员获取。"},
    {Refusal::key_disabled, 403, false, "key_disabled", "invalid_request_error", "permission_error",
     1004, "This API key is disabled. Ask the administrator of this gateway to enable it.",
     "该 API Key 已停用。如需恢复，请联系网关管理员。"},
    {Refusal::key_expired, 403, false, "key_expired", "invalid_request_error", "permission_error",
     1004,
     "This API key has expired. Ask the administrator of this gateway to extend it, or for a new "
     "one.",
     "该 API Key 已过期。请联系网关管理员延长有效期或获取新的 API Key。"},
    {Refusal::address_not_allowed, 403, false, "address_not_allowed", "invalid_request_error",
     "permission_error", 1004,
     "This API key may not be used from your address[ {address}]. Use it from an allowed network, "
     "or ask the administrator of this gateway to allow yours.",
     "该 API Key 不允许从您的地址[ {address} ]使用。请从允许的网络访问，或联系网关管理员添加该"
     "地址。"},
    {Refusal::model_not_allowed, 403, false, "model_not_allowed", "invalid_request_error",
     "permission_error", 2061,
     "This API key may not use the model that was asked for. Ask for another model, or ask the "
     "administrator of this gateway to allow it.",
     "该 API Key 不允许使用所请求的模型。请更换模型，或联系网关管理员开通。"},
    {Refusal::day_exhausted, 429, false, "insufficient_quota", "insufficient_quota",
     "rate_limit_error", 2056,
     "This API key has used up its[ {limit}] requests of today.[ It works again from {reset}.] Ask "
     "the administrator of this gateway for a higher limit if you need more before that.",
     "该 API Key 今日的[ {limit} 次]请求额度已用完[，将于 {reset} 恢复]。如需提前使用，请联系网关"
     "管理员调高额度。"},
    {Refusal::month_exhausted, 429, false, "insufficient_quota", "insufficient_quota",
     "rate_limit_error", 2056,
     "This API key has used up its[ {limit}] requests of this month.[ It works again from "
     "{reset}.] Ask the administrator of this gateway for a higher limit if you need more before "
     "that.",
     "该 API Key 本月的[ {limit} 次]请求额度已用完[，将于 {reset} 恢复]。如需提前使用，请联系网关"
     "管理员调高额度。"},
    {Refusal::rate_limited, 429, true, "rate_limit_exceeded", "requests", "rate_limit_error", 1002,
     "This API key has reached its rate limit[ of {limit} requests].[ It works again from "
     "{reset}.] Send the request again after the seconds that Retry-After says.",
     "该 API Key 已达到速率限制[（{limit} 次请求）][，将于 {reset} 恢复]。请在 Retry-After "
     "指定的秒数后重试。"},
    {Refusal::gateway_unavailable, 503, true, "gateway_unavailable", "server_error",
     "overloaded_error", 1013,
     "The gateway cannot check API keys at the moment; the request was not sent on. Send it again "
     "after the seconds that Retry-After says.",
     "网关暂时无法校验 API Key，请求未被转发。请在 Retry-After 指定的秒数后重试。"},
    {Refusal::upstream_not_configured, 503, false, "upstream_not_configured", "server_error",
     "api_error", 1013,
     "This gateway has no master key for MiniMax yet. Ask its administrator to set one.",
     "网关尚未设置 MiniMax 的主 API Key。请联系网关管理员设置。"},
}};

consteval bool is_refusal_table_in_order()
{
    for (std::size_t i = 0; i < refusal_table.size(); ++i) {
        if (static_cast<std::size_t>(refusal_table[i].refusal) != i) {
            return false;
        }
    }
    return refusal_table.back().refusal == Refusal::upstream_not_configured;
}
static_assert(is_refusal_table_in_order());

struct Fact {
    std::string_view placeholder;
    std::string_view value;
};

// Appends part with its fact filled in; says whether the fact, if it names one, was known.
bool append_filled(std::string& out, std::string_view part, const std::array<Fact, 3>& facts)
{
    for (const Fact& fact : facts) {
        const std::size_t at = part.find(fact.placeholder);
        if (at != part.npos) {
            out.append(part.substr(0, at)).append(fact.value);
            out.append(part.substr(at + fact.placeholder.size()));
            return !fact.value.empty();
        }
    }
    out.append(part);
    return true;
}

std::string compose(std::string_view message, const RefusalFacts& facts)
{
    const std::string limit = facts.limit > 0 ? std::to_string(facts.limit) : std::string();
    const std::array<Fact, 3> known = {
        {{"{limit}", limit}, {"{address}", facts.address}, {"{reset}", facts.resets_at}}};
    std::string out;
    while (!message.empty()) {
        const std::size_t open = std::min(message.find('['), message.size());
        out.append(message.substr(0, open));
        message.remove_prefix(open);
        if (message.empty()) {
            break;
        }
        const std::size_t close = message.find(']');
        const std::size_t before = out.size();
        if (!append_filled(out, message.substr(1, close - 1), known)) {
            out.resize(before);
        }
        message.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace

const RefusalRow& row_of(Refusal refusal) noexcept
{
    return refusal_table[static_cast<std::size_t>(refusal)];
}

std::string refusal_message(Refusal refusal, const RefusalFacts& facts, bool chinese)
{
    const RefusalRow& row = row_of(refusal);
    return compose(chinese ? row.chinese : row.english, facts);
}

}  // namespace mmx
