#include "errors.hpp"

namespace upstream {

namespace {

struct ErrorRow {
    int code;
    std::string_view message;
    unsigned openai_status;
    std::string_view openai_type;
    unsigned anthropic_status;
    std::string_view anthropic_type;
};

constexpr ErrorRow rows[] = {
    {1000, "unknown error, 794", 500, "server_error", 500, "api_error"},
    {1001, "request timeout", 500, "server_error", 500, "api_error"},
    {1002, "rate limit exceeded(RPM)", 429, "rate_limit_error", 429, "rate_limit_error"},
    {1004, "login fail: Please carry the API secret key in the 'Authorization' field", 401,
     "authorized_error", 401, "authentication_error"},
    {1008, "insufficient balance", 402, "insufficient_balance_error", 500, "api_error"},
    {1013, "internal service error", 500, "server_error", 500, "api_error"},
    {1024, "internal error", 500, "server_error", 500, "api_error"},
    {1026, "input new_sensitive", 422, "unprocessable_entity_error", 500, "api_error"},
    {1027, "output new_sensitive", 422, "unprocessable_entity_error", 500, "api_error"},
    {1033, "system error, mysql failed", 500, "server_error", 500, "api_error"},
    {1039, "token limit", 429, "rate_limit_error", 429, "rate_limit_error"},
    {1041, "conn limit", 429, "rate_limit_error", 429, "rate_limit_error"},
    {2013, "invalid params", 400, "bad_request_error", 400, "invalid_request_error"},
    {2045, "rate growth limit", 429, "rate_limit_error", 429, "rate_limit_error"},
    {2049, "invalid api key", 401, "authorized_error", 401, "authentication_error"},
    {2056, "usage limit exceeded", 429, "rate_limit_error", 429, "rate_limit_error"},
    {2061, "your current token plan not support model", 403, "permission_error", 403,
     "permission_error"},
    {2064, "The server cluster is currently under high load.", 529, "overloaded_error", 529,
     "overloaded_error"},
};

ErrorRow row_of(int code)
{
    for (const ErrorRow& row : rows) {
        if (row.code == code) {
            return row;
        }
    }
    return {code, "error", 500, "server_error", 500, "api_error"};
}

// Behind what MiniMax says, so that its code stands where a reader of the beginning finds it.
std::string filling(std::uint64_t size)
{
    return size == 0 ? "" : cat({R"(,"filling":")", std::string(size, 'x'), "\""});
}

std::string native_body(const ErrorRow& row, std::string_view id, std::string_view filled)
{
    return cat({R"({"id":")", id, R"(","choices":null,"created":1790000000,"model":"",)",
                R"("object":"chat.completion","usage":)", zero_usage, ",", sensitive,
                R"(,"base_resp":{"status_code":)", std::to_string(row.code), R"(,"status_msg":)",
                json_text(row.message), "}", filled, "}"});
}

std::string openai_body(const ErrorRow& row, unsigned status, std::string_view id,
                        std::string_view filled)
{
    const std::string message = cat({row.message, " (", std::to_string(row.code), ")"});
    return cat({R"({"type":"error","error":{"type":")", row.openai_type, R"(","message":)",
                json_text(message), R"(,"http_code":")", std::to_string(status),
                R"("},"request_id":")", id, "\"", filled, "}"});
}

}  // namespace

std::string anthropic_error_body(int code, std::string_view id, std::string_view filled)
{
    const ErrorRow row = row_of(code);
    const std::string message = cat({row.message, " (", std::to_string(row.code), ")"});
    return cat({R"({"type":"error","error":{"type":")", row.anthropic_type, R"(","message":)",
                json_text(message), R"(},"request_id":")", id, "\"", filled, "}"});
}

int code_of_status(unsigned status)
{
    switch (status) {
    case 400: return 2013;
    case 401: return 2049;
    case 402: return 1008;
    case 403: return 2061;
    case 422: return 1026;
    case 429: return 1002;
    case 529: return 2064;
    default: return 1000;
    }
}

Answer error_answer(Dialect dialect, int code, std::optional<unsigned> status, std::string_view id,
                    std::uint64_t big)
{
    const ErrorRow row = row_of(code);
    const std::string filled = filling(big);
    Answer answer;
    if (dialect == Dialect::native || status == 200u) {
        answer.status = status.value_or(200);
        answer.frames.push_back(native_body(row, id, filled));
        return answer;
    }
    if (dialect == Dialect::anthropic) {
        answer.status = status.value_or(row.anthropic_status);
        answer.frames.push_back(anthropic_error_body(code, id, filled));
        return answer;
    }
    answer.status = status.value_or(row.openai_status);
    answer.frames.push_back(openai_body(row, answer.status, id, filled));
    return answer;
}

}  // namespace upstream
