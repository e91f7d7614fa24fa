#include "base/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mmx::admin {
namespace {

std::string fault_of(std::string_view text)
{
    try {
        return "read as " + to_text(parse_json_object(text));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_json);
        return error.field().empty() ? error.what() : error.field() + ": " + error.what();
    }
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close)
{
    std::string text = R"({"a":)";
    for (std::size_t i = 1; i < depth; ++i) {
        text += open;
    }
    text += "1";
    for (std::size_t i = 1; i < depth; ++i) {
        text += close;
    }
    return text + "}";
}

TEST(ParseJsonObject, ReadsAnObject)
{
    EXPECT_EQ(to_text(parse_json_object(R"( {"b": [1, "x"], "a": null} )")),
              R"({"b":[1,"x"],"a":null})");
    EXPECT_EQ(to_text(parse_json_object("")), "{}");
    EXPECT_EQ(to_text(parse_json_object(R"({"a":{"x":1},"b":{"x":1}})")),
              R"({"a":{"x":1},"b":{"x":1}})");
}

TEST(ParseJsonObject, TakesNothingElse)
{
    for (const char* text : {"[]", "1", "null", "\"text\"", "[{}]"}) {
        EXPECT_EQ(fault_of(text), "expected a JSON object") << text;
    }
    for (const char* text : {"{", "{}}", "{} {}", "{'a':1}", "{\"a\":01}", "{\"a\":\"\xff\"}", " ",
                             "{\"a\":1,}", "{\"a\":NaN}", "// x\n{}"}) {
        EXPECT_EQ(fault_of(text), "the body is not valid JSON in UTF-8") << text;
    }
}

TEST(ParseJsonObject, TakesNoNameTwiceInOneObject)
{
    EXPECT_EQ(fault_of(R"({"a":1,"a":1})"), "a: the member a is given twice");
    EXPECT_EQ(fault_of(R"({"x":{"a":1,"b":2,"a":3}})"), "a: the member a is given twice");
    EXPECT_EQ(fault_of(R"({"x":[{"a":1},{"a":2}]})"), R"(read as {"x":[{"a":1},{"a":2}]})");
    EXPECT_EQ(fault_of(R"({"a":1,"\u0061":1})"), "a: the member a is given twice");
}

TEST(ParseJsonObject, TakesNoMoreMembersThanItsBound)
{
    std::string members = R"("m":1)";
    for (std::size_t i = 1; i < json_members_max; ++i) {
        members += ",\"m" + std::to_string(i) + "\":1";
    }
    EXPECT_EQ(fault_of("{" + members + "}"), "read as {" + members + "}");
    EXPECT_EQ(fault_of("{\"a\":[{" + members + "},{" + members + "}]}").substr(0, 7), "read as");
    const std::string fault = "an object of the JSON has more than 64 members";
    EXPECT_EQ(fault_of("{" + members + ",\"one more\":1}"), fault);
    EXPECT_EQ(fault_of("{\"a\":{" + members + ",\"one more\":1}}"), fault);
}

TEST(ParseJsonObject, GoesNoDeeperThanItsBound)
{
    const std::string deep = "the JSON is nested deeper than 8 levels";
    EXPECT_TRUE(fault_of(nested(json_depth_max, "[", "]")).starts_with("read as"));
    EXPECT_EQ(fault_of(nested(json_depth_max + 1, "[", "]")), deep);
    EXPECT_TRUE(fault_of(nested(json_depth_max, R"({"a":)", "}")).starts_with("read as"));
    EXPECT_EQ(fault_of(nested(json_depth_max + 1, R"({"a":)", "}")), deep);
    EXPECT_EQ(fault_of(R"({"a":)" + std::string(100000, '[')), deep);
}

TEST(ToText, IsOneLineOfValidUtf8)
{
    EXPECT_EQ(to_text({{"a", "x\ny\xff"}}), "{\"a\":\"x\\ny\ufffd\"}");
}

}  // namespace
}  // namespace mmx::admin
