#include "lib/answers/http_error.hpp"

#include <algorithm>
#include <array>

namespace mmx {
namespace {

constexpr std::string_view invalid = "invalid_request_error", failed = "server_error";

struct Row {
    int status;
    ErrorRow error;
};

// Types are OpenAI's and Anthropic's for the status, codes MiniMax' nearest: 2013 invalid
// parameters, 1002 rate limit, 1013 internal error, 1001 timeout.
constexpr std::array<Row, 16> table = {{
    {400,
     {400, false, "bad_request", invalid, invalid, 2013,
      "This is no HTTP request that the gateway understands. Check the request line, the headers "
      "and, where the body is chunked, its chunks.",
      "网关无法识别该 HTTP 请求。请检查请求行、请求头；若请求体为分块传输，请检查其分块。"}},
    {403,
     {403, false, "forbidden", invalid, "permission_error", 1004,
      "The gateway does not serve this address from where you are, or not without further "
      "credentials. Ask its administrator.",
      "网关不允许从您所在的位置或以当前凭证访问该地址。请联系网关管理员。"}},
    {404,
     {404, false, "not_found", invalid, "not_found_error", 2013,
      "There is nothing at this address.[ The base URL is {base}/v1 for OpenAI's clients, which "
      "add "
      "/chat/completions themselves, and {base}/anthropic for Anthropic's, which add "
      "/v1/messages.]",
      "该地址不存在。[OpenAI 客户端的 Base URL 为 {base}/v1（客户端会自行添加 "
      "/chat/completions），Anthropic 客户端的 Base URL 为 {base}/anthropic（客户端会自行添加 "
      "/v1/messages）。]"}},
    {405,
     {405, false, "method_not_allowed", invalid, invalid, 2013,
      "This address does not take this HTTP method. Calls of the API are POST requests.",
      "该地址不支持此 HTTP 方法。请使用 POST 调用接口。"}},
    {408,
     {408, true, "request_timeout", invalid, "timeout_error", 1001,
      "The request did not arrive in time and was not sent on. Send it again; check the connection "
      "when it happens often.",
      "请求未能及时送达，没有被转发。请重试；如频繁出现，请检查网络连接。"}},
    {411,
     {411, false, "length_required", invalid, invalid, 2013,
      "The request has a body of unknown length. Send Content-Length, or send it chunked.",
      "请求体长度未知。请发送 Content-Length，或使用分块传输。"}},
    {413,
     {413, false, "body_too_large", invalid, "request_too_large", 2013,
      "The request's body is larger than this gateway takes. Send less at once, such as smaller "
      "images.",
      "请求体超过了网关允许的大小。请减小单次请求的内容，例如使用更小的图片。"}},
    {414,
     {414, false, "uri_too_long", invalid, invalid, 2013,
      "The address of the request is too long. Send what is in it as the body.",
      "请求地址过长。请将其中的内容放入请求体。"}},
    {416,
     {416, false, "range_not_satisfiable", invalid, invalid, 2013,
      "There is no such range in the answer. Send the request without the header Range.",
      "应答中没有所请求的范围。请去掉请求头 Range 后重试。"}},
    {421,
     {421, false, "misdirected_request", invalid, invalid, 2013,
      "The connection was made for another host name. Open a new one for this host.",
      "该连接是为其他主机名建立的。请为本主机名建立新连接。"}},
    {426,
     {426, false, "upgrade_not_supported", invalid, invalid, 2013,
      "The gateway does not speak WebSocket. Send a plain POST request, with \"stream\": true for "
      "an answer in pieces.",
      "网关不支持 WebSocket。请使用普通的 POST 请求；需要流式应答时设置 \"stream\": true。"}},
    {429,
     {429, true, "rate_limit_exceeded", "requests", "rate_limit_error", 1002,
      "Too many requests come from your address at once. Send fewer at a time, and this one again "
      "in a few seconds.",
      "来自您地址的请求过于频繁。请降低并发，并在几秒后重试。"}},
    {431,
     {431, false, "headers_too_large", invalid, invalid, 2013,
      "A header of the request is too large. Send fewer or shorter headers; cookies are of no use "
      "here.",
      "请求头过大。请减少或缩短请求头；此处不需要 Cookie。"}},
    {502,
     {502, true, "upstream_unreachable", failed, "api_error", 1013,
      "MiniMax could not be reached, or broke off before it answered; the request is not counted. "
      "Send it again.",
      "无法连接 MiniMax，或其在应答前中断；本次请求不计入用量。请重试。"}},
    {503,
     {503, true, "gateway_unavailable", failed, "overloaded_error", 1013,
      "The gateway cannot send requests on at the moment; the request is not counted. Send it "
      "again in a few seconds.",
      "网关暂时无法转发请求，本次请求不计入用量。请在几秒后重试。"}},
    {504,
     {504, true, "upstream_timeout", failed, "timeout_error", 1001,
      "MiniMax did not answer in time; the request is not counted. Send it again, with \"stream\": "
      "true when the answer takes long.",
      "MiniMax 未能及时应答，本次请求不计入用量。请重试；若应答耗时较长，请设置 \"stream\": "
      "true。"}},
}};

constexpr ErrorRow other_client = {
    400,
    false,
    "bad_request",
    invalid,
    invalid,
    2013,
    "The gateway does not serve this request. Check its address, method and headers.",
    "网关无法处理该请求。请检查其地址、方法和请求头。"};
constexpr ErrorRow other_server = {
    500,
    true,
    "gateway_error",
    failed,
    "api_error",
    1013,
    "The gateway failed; the request was not answered by MiniMax. Send it again, and tell its "
    "administrator the request id when it happens often.",
    "网关内部出错，请求未得到 MiniMax 的应答。请重试；如频繁出现，请将请求 ID 告知网关管理员。"};

}  // namespace

const ErrorRow& row_of_status(int status) noexcept
{
    const auto* found = std::find_if(table.begin(), table.end(),
                                     [&](const Row& row) { return row.status == status; });
    if (found != table.end()) {
        return found->error;
    }
    constexpr int server_errors = 500;
    return status < server_errors ? other_client : other_server;
}

}  // namespace mmx
