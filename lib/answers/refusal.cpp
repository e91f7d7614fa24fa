#include "lib/answers/refusal.hpp"

#include <array>
#include <cstddef>

namespace mmx {
namespace {

struct Row {
    Refusal refusal;
    ErrorRow error;
};

// In the order of the enumeration.
//
// OpenAI answers 401 and 403 as `invalid_request_error`, a used-up quota as `insufficient_quota`
// and a rate limit as `requests`. Of MiniMax' codes: 1004 not authorized, 2049 invalid API key,
// 2061 model not in the plan, 2056 plan's usage limit exceeded, 1002 rate limit, 1013 internal
// service error.
constexpr std::array<Row, 16> refusal_table = {{
    {Refusal::missing_key,
     {401, false, "invalid_api_key", "invalid_request_error", "authentication_error", 1004,
      "No API key was sent. Send your key (mmx-...) in the header X-Api-Key or as Authorization: "
      "Bearer.",
      "请求中没有 API Key。请在请求头 X-Api-Key 或 Authorization: Bearer 中携带您的 API "
      "Key（mmx-...）。"}},
    {Refusal::malformed_key,
     {401, false, "invalid_api_key", "invalid_request_error", "authentication_error", 2049,
      "[{detail} ]Send your key (mmx- and 16 to 64 letters and digits) once, in the header "
      "X-Api-Key or as Authorization: Bearer.",
      "[{detail}]请在请求头 X-Api-Key 或 Authorization: Bearer 中发送一次您的 API Key（mmx- 加 "
      "16 至 64 位字母或数字）。"}},
    {Refusal::not_offered,
     {404, false, "endpoint_not_offered", "invalid_request_error", "not_found_error", 2013,
      "This gateway does not offer this endpoint.[ Its administrator can offer it: {detail}][ "
      "Check "
      "path and method: the base URL is {base}/v1 for OpenAI's clients, which add "
      "/chat/completions themselves, and {base}/anthropic for Anthropic's, which add "
      "/v1/messages.]",
      "本网关未开放该接口。[网关管理员可以开放：{detail}][请检查路径和方法：OpenAI 客户端的 Base "
      "URL 为 {base}/v1（客户端会自行添加 /chat/completions），Anthropic 客户端的 Base URL 为 "
      "{base}/anthropic（客户端会自行添加 /v1/messages）。]"}},
    {Refusal::unknown_key,
     {401, false, "invalid_api_key", "invalid_request_error", "authentication_error", 2049,
      "This API key is not valid. Check it for typing errors, or ask the administrator of this "
      "gateway for a key.",
      "API Key 无效。请检查是否输入有误，或联系网关管理员获取。"}},
    {Refusal::key_disabled,
     {403, false, "key_disabled", "invalid_request_error", "permission_error", 1004,
      "This API key is disabled. Ask the administrator of this gateway to enable it.",
      "该 API Key 已停用。如需恢复，请联系网关管理员。"}},
    {Refusal::key_expired,
     {403, false, "key_expired", "invalid_request_error", "permission_error", 1004,
      "This API key has expired. Ask the administrator of this gateway to extend it, or for a new "
      "one.",
      "该 API Key 已过期。请联系网关管理员延长有效期或获取新的 API Key。"}},
    {Refusal::address_not_allowed,
     {403, false, "address_not_allowed", "invalid_request_error", "permission_error", 1004,
      "This API key may not be used from your address[ {address}]. Use it from an allowed network, "
      "or ask the administrator of this gateway to allow yours.",
      "该 API Key 不允许从您的地址[ {address} ]使用。请从允许的网络访问，或联系网关管理员添加该"
      "地址。"}},
    {Refusal::model_not_allowed,
     {403, false, "model_not_allowed", "invalid_request_error", "permission_error", 2061,
      "This API key may not use the model that was asked for. Ask for another model, or ask the "
      "administrator of this gateway to allow it.",
      "该 API Key 不允许使用所请求的模型。请更换模型，或联系网关管理员开通。"}},
    {Refusal::day_exhausted,
     {429, false, "insufficient_quota", "insufficient_quota", "rate_limit_error", 2056,
      "This API key has used up its[ {limit}] requests of today.[ It works again at {reset}.] Ask "
      "the administrator of this gateway for a higher limit if you need more before that.",
      "该 API Key 今日的[ {limit} 次]请求额度已用完[，将于 {reset} 恢复]。如需提前使用，请联系网关"
      "管理员调高额度。"}},
    {Refusal::month_exhausted,
     {429, false, "insufficient_quota", "insufficient_quota", "rate_limit_error", 2056,
      "This API key has used up its[ {limit}] requests of this month.[ It works again at "
      "{reset}.] Ask the administrator of this gateway for a higher limit if you need more before "
      "that.",
      "该 API Key 本月的[ {limit} 次]请求额度已用完[，将于 {reset} 恢复]。如需提前使用，请联系网关"
      "管理员调高额度。"}},
    {Refusal::rate_limited,
     {429, true, "rate_limit_exceeded", "requests", "rate_limit_error", 1002,
      "This API key has reached its rate limit[ of {limit} requests].[ It works again at "
      "{reset}.] Send the request again after the seconds that Retry-After says.",
      "该 API Key 已达到速率限制[（{limit} 次请求）][，将于 {reset} 恢复]。请在 Retry-After "
      "指定的秒数后重试。"}},
    {Refusal::gateway_unavailable,
     {503, true, "gateway_unavailable", "server_error", "overloaded_error", 1013,
      "The gateway cannot check API keys at the moment; the request was not sent on. Send it again "
      "after the seconds that Retry-After says.",
      "网关暂时无法校验 API Key，请求未被转发。请在 Retry-After 指定的秒数后重试。"}},
    {Refusal::upstream_not_configured,
     {503, false, "upstream_not_configured", "server_error", "api_error", 1013,
      "This gateway has no master key for MiniMax yet. Ask its administrator to set one.",
      "网关尚未设置 MiniMax 的主 API Key。请联系网关管理员设置。"}},
    {Refusal::upstream_rejected_gateway,
     {503, false, "upstream_rejected_gateway", "server_error", "api_error", 1013,
      "MiniMax refuses this gateway's own account at the moment. Neither your key nor your request "
      "is the cause, and the request is not counted. Its administrator sees this in the console; "
      "try again later.",
      "MiniMax 暂时拒绝了本网关自身的账号，与您的 API Key 和请求内容无关，本次请求不计入用量。"
      "网关管理员可在控制台看到此问题，请稍后重试。"}},
    {Refusal::upstream_unresolved,
     {503, true, "upstream_unresolved", "server_error", "overloaded_error", 1013,
      "The gateway has not found MiniMax's addresses yet; the request was not sent on. Send it "
      "again after the seconds that Retry-After says.",
      "网关尚未查到 MiniMax 的地址，请求未被转发。请在 Retry-After 指定的秒数后重试。"}},
    {Refusal::answer_withheld,
     {502, false, "answer_withheld", "server_error", "api_error", 1013,
      "The answer would have shown a secret of this gateway and was held back. Tell its "
      "administrator the request id.",
      "应答中含有本网关的机密信息，已被拦截。请将请求 ID 告知网关管理员。"}},
}};

consteval bool is_refusal_table_in_order()
{
    for (std::size_t i = 0; i < refusal_table.size(); ++i) {
        if (static_cast<std::size_t>(refusal_table[i].refusal) != i) {
            return false;
        }
    }
    return refusal_table.back().refusal == Refusal::answer_withheld;
}
static_assert(is_refusal_table_in_order());

}  // namespace

const ErrorRow& row_of(Refusal refusal) noexcept
{
    return refusal_table[static_cast<std::size_t>(refusal)].error;
}

}  // namespace mmx
