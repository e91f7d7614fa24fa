#include "lib/answers/dialect.hpp"

#include <gtest/gtest.h>

#include "lib/answers/http_error.hpp"
#include "lib/answers/refusal.hpp"

namespace mmx {
namespace {

constexpr Dialect dialects[] = {Dialect::openai, Dialect::anthropic, Dialect::native};

struct Row {
    Refusal refusal;
    int status;
    const char* code;
    bool retry;
    const char* openai_type;
    const char* anthropic_type;
    int native_code;
};

constexpr Row table[] = {
    {Refusal::missing_key, 401, "invalid_api_key", false, "invalid_request_error",
     "authentication_error", 1004},
    {Refusal::malformed_key, 401, "invalid_api_key", false, "invalid_request_error",
     "authentication_error", 2049},
    {Refusal::not_offered, 404, "endpoint_not_offered", false, "invalid_request_error",
     "not_found_error", 2013},
    {Refusal::unknown_key, 401, "invalid_api_key", false, "invalid_request_error",
     "authentication_error", 2049},
    {Refusal::key_disabled, 403, "key_disabled", false, "invalid_request_error", "permission_error",
     1004},
    {Refusal::key_expired, 403, "key_expired", false, "invalid_request_error", "permission_error",
     1004},
    {Refusal::address_not_allowed, 403, "address_not_allowed", false, "invalid_request_error",
     "permission_error", 1004},
    {Refusal::model_not_allowed, 403, "model_not_allowed", false, "invalid_request_error",
     "permission_error", 2061},
    {Refusal::day_exhausted, 429, "insufficient_quota", false, "insufficient_quota",
     "rate_limit_error", 2056},
    {Refusal::month_exhausted, 429, "insufficient_quota", false, "insufficient_quota",
     "rate_limit_error", 2056},
    {Refusal::rate_limited, 429, "rate_limit_exceeded", true, "requests", "rate_limit_error", 1002},
    {Refusal::gateway_unavailable, 503, "gateway_unavailable", true, "server_error",
     "overloaded_error", 1013},
    {Refusal::upstream_not_configured, 503, "upstream_not_configured", false, "server_error",
     "api_error", 1013},
    {Refusal::upstream_rejected_gateway, 503, "upstream_rejected_gateway", false, "server_error",
     "api_error", 1013},
    {Refusal::upstream_unresolved, 503, "upstream_unresolved", true, "server_error",
     "overloaded_error", 1013},
    {Refusal::answer_withheld, 502, "answer_withheld", false, "server_error", "api_error", 1013},
};

std::string body(Dialect dialect, Refusal refusal, const ErrorFacts& facts = {},
                 bool chinese = false)
{
    std::string out;
    append_error(out, dialect, row_of(refusal), facts, chinese);
    return out;
}

TEST(DialectOfPath, KnowsMiniMaxEndpoints)
{
    for (const std::string prefix : {"", "/mini", "/a/b/c"}) {
        for (const char* path : {"/anthropic/v1/messages", "/anthropic/v1/messages/count_tokens",
                                 "/anthropic/v1/models", "/v1/messages"}) {
            EXPECT_EQ(dialect_of_path(prefix + path), Dialect::anthropic) << path;
        }
        for (const char* path : {"/v1/text/chatcompletion_v2",
                                 "/v1/embeddings",
                                 "/v1/t2a_v2",
                                 "/ws/v1/t2a_v2",
                                 "/v1/t2a_async_v2",
                                 "/v1/query/t2a_async_query_v2",
                                 "/v1/voice_clone",
                                 "/v1/voice_design",
                                 "/v1/get_voice",
                                 "/v1/delete_voice",
                                 "/v1/image_generation",
                                 "/v1/video_generation",
                                 "/v1/query/video_generation",
                                 "/v1/music_generation",
                                 "/v1/music_cover_preprocess",
                                 "/v1/files",
                                 "/v1/files/upload",
                                 "/v1/files/retrieve_content",
                                 "/v1/token_plan/remains",
                                 "/v1/coding_plan/search",
                                 "/v1/api/openplatform/coding_plan/remains"}) {
            EXPECT_EQ(dialect_of_path(prefix + path), Dialect::native) << path;
        }
        for (const char* path :
             {"", "/", "/v1", "/v1/", "/v1/chat/completions", "/v1/responses", "/v1/models",
              "/v1/speech_to_text", "/v2/video_generation", "/v2/query/video_generation/1",
              "/v1/filesystem", "/v1/texts", "/v1/message", "/anthropic", "/files"}) {
            EXPECT_EQ(dialect_of_path(prefix + path), Dialect::openai) << path;
        }
    }
}

TEST(DialectOfPath, ArgumentsDoNotCount)
{
    EXPECT_EQ(dialect_of_path("/v1/models?x=/anthropic/"), Dialect::openai);
    EXPECT_EQ(dialect_of_path("/v1/models?x=/v1/files"), Dialect::openai);
    EXPECT_EQ(dialect_of_path("/v1/files?purpose=t2a"), Dialect::native);
}

TEST(Refusal, StatusCodeAndRetryAreThoseOfTheDesign)
{
    for (const Row& row : table) {
        EXPECT_EQ(row_of(row.refusal).status, row.status) << row.code;
        EXPECT_EQ(row_of(row.refusal).code, row.code);
        EXPECT_EQ(row_of(row.refusal).retry, row.retry) << row.code;
    }
}

TEST(RefusalBody, OpenAiShape)
{
    EXPECT_EQ(
        body(Dialect::openai, Refusal::day_exhausted,
             {.limit = 500, .resets_at = "2026-11-23T00:00:00+08:00"}),
        R"({"error":{"message":"This API key has used up its 500 requests of today. It works )"
        R"(again at 2026-11-23 00:00 (UTC+08:00). Ask the administrator of this gateway for a )"
        R"(higher limit if you need more before that.","type":"insufficient_quota",)"
        R"("param":null,"code":"insufficient_quota","resets_at":"2026-11-23T00:00:00+08:00"}})");
}

TEST(RefusalBody, AnthropicShape)
{
    EXPECT_EQ(body(Dialect::anthropic, Refusal::key_disabled, {.request_id = "5f3c"}),
              R"x({"type":"error","error":{"type":"permission_error","message":"This API key is )x"
              R"x(disabled. Ask the administrator of this gateway to enable it. )x"
              R"x((request id: 5f3c)"},"request_id":"5f3c"})x");
}

TEST(RefusalBody, NativeShape)
{
    EXPECT_EQ(
        body(Dialect::native, Refusal::upstream_not_configured),
        R"({"base_resp":{"status_code":1013,"status_msg":"This gateway has no master key for )"
        R"(MiniMax yet. Ask its administrator to set one."}})");
}

TEST(RefusalBody, TypesAndCodesOfEachDialect)
{
    for (const Row& row : table) {
        const std::string code = row.code;
        EXPECT_TRUE(body(Dialect::openai, row.refusal)
                        .ends_with("\"type\":\"" + std::string(row.openai_type) +
                                   "\",\"param\":null,\"code\":\"" + code + "\"}}"))
            << code;
        EXPECT_TRUE(body(Dialect::anthropic, row.refusal)
                        .starts_with(R"({"type":"error","error":{"type":")" +
                                     std::string(row.anthropic_type) + "\""))
            << code;
        EXPECT_TRUE(body(Dialect::native, row.refusal)
                        .starts_with(R"({"base_resp":{"status_code":)" +
                                     std::to_string(row.native_code) + ","))
            << code;
    }
}

TEST(RefusalBody, UnknownFactsAreLeftOut)
{
    const auto message = [](Refusal refusal, const ErrorFacts& facts, bool chinese) {
        std::string text = body(Dialect::native, refusal, facts, chinese);
        text.erase(0, text.find("status_msg") + 13);
        return text.substr(0, text.find('"'));
    };
    EXPECT_EQ(message(Refusal::month_exhausted, {}, false),
              "This API key has used up its requests of this month. Ask the administrator of this "
              "gateway for a higher limit if you need more before that.");
    EXPECT_EQ(message(Refusal::month_exhausted, {.limit = 7, .resets_at = "T"}, true),
              "该 API Key 本月的 7 次请求额度已用完，将于 T 恢复。如需提前使用，请联系网关管理员"
              "调高额度。");
    EXPECT_EQ(message(Refusal::month_exhausted, {}, true),
              "该 API Key 本月的请求额度已用完。如需提前使用，请联系网关管理员调高额度。");
    EXPECT_EQ(message(Refusal::address_not_allowed, {.address = "203.0.113.7"}, false),
              "This API key may not be used from your address 203.0.113.7. Use it from an allowed "
              "network, or ask the administrator of this gateway to allow yours.");
    EXPECT_EQ(message(Refusal::rate_limited, {}, false),
              "This API key has reached its rate limit. Send the request again after the seconds "
              "that Retry-After says.");
}

TEST(RefusalBody, NoPlaceholderEverShows)
{
    for (const bool chinese : {false, true}) {
        for (const Row& row : table) {
            for (const ErrorFacts& facts :
                 {ErrorFacts{},
                  ErrorFacts{
                      .limit = 1, .resets_at = "T", .address = "A", .detail = "D.", .base = "B"}}) {
                const std::string text = body(Dialect::native, row.refusal, facts, chinese);
                EXPECT_EQ(text.find_first_of("[]"), std::string::npos) << text;
                EXPECT_EQ(text.find('{', 1), text.find("{\"status_code")) << text;
                EXPECT_EQ(text.find("  "), std::string::npos) << text;
            }
        }
    }
}

TEST(RefusalBody, TheContactAndTheRequestIdCloseIt)
{
    const ErrorFacts facts{.contact = "ops@example.com", .request_id = "5f3c"};
    EXPECT_NE(body(Dialect::openai, Refusal::unknown_key, facts)
                  .find("for a key. Contact: ops@example.com. (request id: 5f3c)\""),
              std::string::npos);
    EXPECT_NE(body(Dialect::openai, Refusal::unknown_key, facts, true)
                  .find("获取。联系方式：ops@example.com。（请求 ID：5f3c）\""),
              std::string::npos);
}

TEST(HttpError, EveryStatusHasARowThatSpeaksToPeople)
{
    for (int status = 400; status < 600; ++status) {
        const ErrorRow& row = row_of_status(status);
        EXPECT_GE(row.status, 400) << status;
        EXPECT_EQ(row.status < 500, status < 500) << status;
        EXPECT_EQ(row.retry, row.status >= 500 || row.status == 408 || row.status == 429) << status;
        std::string text;
        append_error(text, Dialect::openai, row, {.base = "https://gate.test/mini"}, false);
        EXPECT_EQ(text.find('['), std::string::npos) << text;
        EXPECT_EQ(text.find("{base}"), std::string::npos) << text;
    }
    EXPECT_EQ(row_of_status(404).status, 404);
    EXPECT_EQ(row_of_status(431).status, 431);
    EXPECT_EQ(row_of_status(495).status, 400);
}

TEST(HttpError, NotFoundNamesTheBaseUrl)
{
    std::string text;
    append_error(text, Dialect::openai, row_of_status(404), {.base = "https://gate.test/mini"},
                 false);
    EXPECT_NE(text.find("https://gate.test/mini/v1 for OpenAI's"), std::string::npos) << text;
    EXPECT_NE(text.find("https://gate.test/mini/anthropic for"), std::string::npos) << text;
}

TEST(ReadableTime, IsTheTimeWithItsOffset)
{
    EXPECT_EQ(readable_time("2026-11-23T00:00:00+08:00"), "2026-11-23 00:00 (UTC+08:00)");
    EXPECT_EQ(readable_time("2026-11-23T23:59:00-03:30"), "2026-11-23 23:59 (UTC-03:30)");
    EXPECT_EQ(readable_time(""), "");
    EXPECT_EQ(readable_time("T"), "T");
}

TEST(RefusalBody, ChineseIsChinese)
{
    for (const Row& row : table) {
        const std::string text = body(Dialect::openai, row.refusal, {}, true);
        EXPECT_NE(text.find("。"), std::string::npos) << text;
        EXPECT_EQ(body(Dialect::openai, row.refusal, {}, false).find("。"), std::string::npos);
    }
}

TEST(RefusalBody, FactsAreEscaped)
{
    const auto id_in_body = [](std::string_view id) {
        const std::string text = body(Dialect::anthropic, Refusal::unknown_key, {.request_id = id});
        const std::string before = R"("request_id":)";
        const std::size_t at = text.find(before) + before.size();
        return text.substr(at, text.size() - 1 - at);
    };
    using namespace std::string_view_literals;
    EXPECT_EQ(id_in_body(R"(a"b\c)"), R"("a\"b\\c")");
    EXPECT_EQ(id_in_body("\0\x01\x1f\x7f\n"sv), "\"\\u0000\\u0001\\u001f\x7f\\u000a\"");
    EXPECT_EQ(id_in_body("用\xff户\xe7\x94"), "\"用\ufffd户\ufffd\ufffd\"");
    EXPECT_NE(body(Dialect::native, Refusal::address_not_allowed, {.address = "\"[]{limit}"})
                  .find(R"(address \"[]{limit}. Use)"),
              std::string::npos);
}

TEST(RefusalBody, IsAppended)
{
    for (const Dialect dialect : dialects) {
        std::string out = "before";
        append_error(out, dialect, row_of(Refusal::unknown_key), {}, false);
        EXPECT_EQ(out, "before" + body(dialect, Refusal::unknown_key));
    }
}

}  // namespace
}  // namespace mmx
