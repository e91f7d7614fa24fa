#include "lib/upstream_error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mmx {
namespace {

std::string openai(const std::string& message)
{
    return R"x({"type":"error","error":{"type":"t","message":")x" + message +
           R"x(","http_code":"4"}})x";
}

int code_of(std::string_view body)
{
    return read_upstream_error(400, body).code;
}

TEST(UpstreamError, TheCodeOfEachDialect)
{
    EXPECT_EQ(code_of(openai("insufficient balance (1008)")), 1008);
    EXPECT_EQ(code_of(openai("The server cluster is busy. (2064) (529)")), 2064);
    EXPECT_EQ(code_of(openai("unknown error, 794 (1000)")), 1000);
    EXPECT_EQ(code_of(openai("usage limit reached: upgrade your plan. (2056).")), 2056);
    // A client may have MiniMax say what it likes, but not at the end.
    EXPECT_EQ(code_of(openai("invalid params (2013): unknown model 'x (1008)'")), 0);
    EXPECT_EQ(code_of(openai("unknown model 'x (1008)'")), 0);
    EXPECT_EQ(code_of(openai("invalid params, unknown model '(1008)' (2013)")), 2013);
    EXPECT_EQ(code_of(openai("(2013)")), 2013);
    EXPECT_EQ(code_of(R"x({"base_resp":{"status_code":1004,"status_msg":"login fail"}})x"), 1004);
    EXPECT_EQ(code_of(R"x({"base_resp":{"status_code":"2013"}})x"), 2013);
    EXPECT_EQ(code_of(R"x({"error":{"message":"(1026)"},"base_resp":{"status_code":1008}})x"),
              1008);
}

TEST(UpstreamError, NoCodeWhereNoneIsTold)
{
    for (const std::string& body : {
             std::string(),
             std::string("404 page not found"),
             std::string("<html>(1008)</html>"),
             openai("no code"),
             openai("(999)"),
             openai("(123456)"),
             openai("(1008"),
             openai("1008)"),
             std::string(R"x({"error":"insufficient (1008)"})x"),
             std::string(R"x({"deep":{"base_resp":{"status_code":1008}}})x"),
             std::string(R"x({"error":{"inner":{"message":"(1008)"}}})x"),
             std::string(R"x([{"error":{"message":"(1008)"}}])x"),
             std::string(R"x({"error":[{"message":"(1008)"}]})x"),
             std::string(R"x({"base_resp":{"status_code":0}})x"),
             std::string(R"x({"base_resp":{"status_code":-1008}})x"),
             std::string(R"x({"base_resp":{"status_code":1e30}})x"),
             std::string(R"x({"base_resp":{"status_code":"1008x"}})x"),
         }) {
        EXPECT_EQ(code_of(body), 0) << body;
    }
}

TEST(UpstreamError, ACutBodyTellsWhatStandsInIt)
{
    const std::string whole = openai("insufficient balance (1008)");
    EXPECT_EQ(read_upstream_error(402, whole.substr(0, whole.size() - 3)).code, 1008);
    EXPECT_EQ(read_upstream_error(402, whole.substr(0, 40)).code, 0);
    EXPECT_EQ(read_upstream_error(402, std::string(100000, '[')).code, 0);
}

TEST(UpstreamError, TheLastOfDuplicatesCounts)
{
    EXPECT_EQ(code_of(R"x({"base_resp":{"status_code":1008},"base_resp":{"status_code":2013}})x"),
              2013);
}

struct Case {
    int status, code;
    UpstreamFault fault;
};

TEST(UpstreamError, WhoseFaultItIs)
{
    using enum UpstreamFault;
    for (const Case& c : {
             Case{401, 0, account}, {401, 1004, account}, {401, 2049, account},
             {402, 0, account},     {402, 1008, account}, {403, 0, account},
             {429, 1008, account},  {500, 1008, account}, {400, 2061, account},
             {429, 2056, account},  {400, 2062, account}, {429, 1030, account},
             {422, 1026, client},   {500, 1026, client},  {400, 2013, client},
             {403, 1026, client},   {400, 0, client},     {422, 0, client},
             {413, 0, client},      {404, 2013, client},  {429, 0, server},
             {429, 1002, server},   {500, 0, server},     {502, 0, server},
             {503, 1013, server},   {529, 2064, server},  {400, 1002, server},
             {599, 0, server},      {400, 9999, client},
         }) {
        EXPECT_EQ(fault_of(c.status, c.code, true), c.fault) << c.status << " " << c.code;
    }
}

TEST(UpstreamError, AnAddressThatMiniMaxDoesNotHave)
{
    EXPECT_EQ(read_upstream_error(404, "404 page not found").fault, UpstreamFault::no_path);
    EXPECT_EQ(read_upstream_error(404, "").fault, UpstreamFault::no_path);
    EXPECT_EQ(read_upstream_error(404, openai("model not found (2013)")).fault,
              UpstreamFault::client);
    EXPECT_EQ(read_upstream_error(404, openai("no such model")).fault, UpstreamFault::client);
}

}  // namespace
}  // namespace mmx
