#include "growth.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/names.hpp"
#include "check/gateway_page.hpp"
#include "http/body.hpp"
#include "http/message.hpp"
#include "lib/answers/accept_language.hpp"
#include "lib/answers/dialect.hpp"
#include "lib/answers/refusal.hpp"
#include "lib/api_key.hpp"
#include "lib/commit.hpp"
#include "lib/encoding.hpp"
#include "lib/limits.hpp"
#include "lib/mask.hpp"
#include "lib/name_files.hpp"
#include "lib/networks.hpp"
#include "lib/presented_key.hpp"
#include "lib/redis_url.hpp"
#include "lib/resp.hpp"
#include "lib/seal.hpp"
#include "lib/server_info.hpp"
#include "lib/text.hpp"
#include "lib/times.hpp"
#include "lib/total_flush.hpp"
#include "lib/upstream_error.hpp"

namespace mmx {
namespace {

using growth::Shape;

struct Reader {
    std::string_view name;
    void (*read)(std::string_view text);
};

// What is thrown is a refusal, and as good an end as any.
template <typename Read>
void refusable(Read&& read)
{
    try {
        read();
    } catch (const admin::Error&) {
        return;
    }
}

void read_body(std::string_view text)
{
    refusable([&] {
        admin::Body body(admin::parse_json_object(text));
        body.text("name", {0, 64});
        body.texts("ids", {0, 1000}, {0, 64});
        body.finish();
    });
}

void read_target(std::string_view text)
{
    refusable([&] { admin::parse_target(text); });
}

void read_cookie(std::string_view text)
{
    admin::Request request;
    request.headers.emplace_back("cookie", text);
    request.cookie("mmx_session");
}

void read_credentials(std::string_view text)
{
    PresentedKey key;
    key.add_x_api_key(text);
    key.add_authorization(text);
    key.add_api_key(text);
    key.explanation(true);
    key.explanation(false);
}

void read_times(std::string_view text)
{
    static const auto calendar = Calendar::load("Asia/Shanghai");
    parse_span(text);
    parse_expiry(text, *calendar, 1795363200);
    is_date(text);
    is_month(text);
}

void read_texts(std::string_view text)
{
    parse_limit(text);
    text_fault(text, user_length_max, false);
    text_fault(text, text.size(), true);
    (void)admin::normal_name(text, user_length_max);
    is_well_formed_api_key(text);
    api_key_hint(text);
}

void read_replies(std::string_view text)
{
    // hiredis looks at a line that is not complete anew with each piece: a reply has unread_max
    // bytes at most, and pieces are as large as the network's.
    constexpr std::size_t piece = 1024;
    resp::Reader reader;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        reader.feed(text.substr(at, piece));
        while (const resp::Reply* reply = reader.next()) {
            parse_commit_reply(*reply);
            parse_total_flush_reply(*reply);
        }
    }
}

void read_sealed(std::string_view text)
{
    unseal(SubKey{}, text, "mmx:settings/master");
    unseal(SubKey{}, "v1." + std::string(text), "mmx:settings/master");
}

void read_encoded(std::string_view text)
{
    decode_percent(text);
    decode_base64url(text);
    is_hex(text);
    std::string out;
    append_json_string(out, text);
}

void mask(std::string_view text)
{
    std::string line(text);
    mask_keys(line);
    mask_cut_secret(line, "sk-api-0123456789");
    keep_one_line(line);
}

void refuse(std::string_view text)
{
    const ErrorFacts facts{
        .address = text, .detail = text, .base = text, .contact = text, .request_id = text};
    std::string body;
    append_error(body, dialect_of_path(text), row_of(Refusal::address_not_allowed), facts,
                 prefers_chinese(text, false));
}

void read_name_files(std::string_view text)
{
    addresses_in_hosts(text, "redis.example");
    parse_resolver_file(text);
}

constexpr Reader readers[] = {
    {"body", read_body},
    {"csv", [](std::string_view text) { admin::parse_csv(text); }},
    {"target", read_target},
    {"cookie", read_cookie},
    {"address", [](std::string_view text) { admin::normal_address(text); }},
    {"gateway_page", [](std::string_view text) { admin::parse_gateway_page(text); }},
    {"credentials", read_credentials},
    {"networks", [](std::string_view text) { (void)Networks::parse(text); }},
    {"times", read_times},
    {"texts", read_texts},
    {"replies", read_replies},
    {"sealed", read_sealed},
    {"encoded", read_encoded},
    {"mask", mask},
    {"refusal", refuse},
    {"redis_url", [](std::string_view text) { (void)RedisUrl::parse(text); }},
    {"server_info", [](std::string_view text) { parse_server_info(text); }},
    {"upstream_error", [](std::string_view text) { read_upstream_error(402, text); }},
    {"name_files", read_name_files},
};

// Each is what some reader looks for again and again, whole, cut off and nested.
constexpr Shape shapes[] = {
    {"letters", "", "a", ""},
    {"spaces", "", " ", ""},
    {"lines", "", "a: #\n", ""},
    {"empty_lines", "", "\r\n", ""},
    {"high_bytes", "", "\xe7\x8e\x8b", ""},
    {"combining", "a", "\xcc\x81\xcc\xa3", ""},
    {"broken_utf8", "", "\xe7\x8e", ""},
    {"digits", "", "9", ""},
    {"json_members", "{", R"("m#":1,)", R"("name":"x"})"},
    {"json_same_members", "{", R"("m":1,)", R"("m":1})"},
    {"json_objects", R"({"ids":[)", R"({"a":1,"b":{"c":2}},)", "1]}"},
    {"json_texts", R"({"ids":[)", R"("id#",)", R"("id"]})"},
    {"json_long_text", R"({"name":")", R"(x\u0061\n)", "\"}"},
    {"json_long_name", R"({")", "x", "\":1}"},
    {"json_number", R"({"name":)", "9", "}"},
    {"json_fraction", R"({"name":0.)", "1", "e5}"},
    {"json_depth", R"({"name":)", R"({"a":)", ""},
    {"json_lists", R"({"name":)", "[", ""},
    {"json_error", R"({"error":{"message":")", "(1008) ", "(1008)\"}}"},
    {"json_status", "{", R"("a":{},)", R"("base_resp":{"status_code":1008}})"},
    {"quotes", "", "\"", ""},
    {"quoted_fields", "", "\"a\"\"b\",", "\n"},
    {"open_quote", "\"", "a,\n", ""},
    {"commas", "", ",", ""},
    {"query", "/api/v1/keys?", "p#=1&", "q=2"},
    {"percent", "/", "%61", ""},
    {"slashes", "", "/", ""},
    {"cookies", "", "a#=b; ", "mmx_session=x"},
    {"semicolons", "", ";", ""},
    {"keys", "", "mmx-", "aaaaaaaaaaaaaaaaaaaaaaaa"},
    {"whole_keys", "", "mmx-aaaaaaaaaaaaaaaaaaaaaaaa ", ""},
    {"bearers", "", "Bearer ", "mmx-aaaaaaaaaaaaaaaaaaaa"},
    {"networks", "", "10.#.0.0/16,", "::/0"},
    {"languages", "", "zh-#;q=0.1,", "en"},
    {"colons", "", ":", ""},
    {"url", "redis://", "a@:", "/0"},
    {"seal", "v1.", "QUFB", ""},
    {"braces", "", "{", ""},
    {"brackets", "", "[(", ""},
    {"bulk", "", "$4\r\n1 0 \r\n", ""},
    {"arrays", "", "*2\r\n:1\r\n+a\r\n", ""},
    {"long_bulk", "$9999999\r\n", "x", "\r\n"},
    {"long_status", "+", "x", "\r\n"},
    {"metrics", "", "mmx_redis_unready_workers{reason=\"auth\"} 1\n", "mmx_workers 2\n"},
};

class Growth : public testing::TestWithParam<Reader> {};

TEST_P(Growth, IsLinear)
{
#ifdef MMX_SANITIZED
    GTEST_SKIP() << "AddressSanitizer's allocator takes its own time with large texts";
#endif
    for (const Shape& shape : shapes) {
        EXPECT_EQ(growth::fault_of(GetParam().read, shape), "");
    }
}

INSTANTIATE_TEST_SUITE_P(Readers, Growth, testing::ValuesIn(readers),
                         [](const auto& made) { return std::string(made.param.name); });

TEST(GrowthItself, NoticesASquare)
{
    const auto square = [](std::string_view text) {
        volatile std::size_t count = 0;
        for (std::size_t at = 0; at < text.size(); at += 64) {
            for (std::size_t other = 0; other < at; other += 64) {
                count = count + 1;
            }
        }
    };
    // One disturbed measurement can hide it; one that never notices is blind.
    std::string fault;
    for (int attempt = 0; attempt < 10 && fault.empty(); ++attempt) {
        fault = growth::fault_of(square, shapes[0]);
    }
    EXPECT_NE(fault, "");
}

}  // namespace
}  // namespace mmx
