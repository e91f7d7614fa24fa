#include "http/body.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace mmx::admin {
namespace {

Body body(std::string_view text)
{
    return Body(parse_json_object(text));
}

template <class Ask>
std::string fault_of(std::string_view text, Ask&& ask)
{
    Body asked(parse_json_object(text));
    try {
        ask(asked);
        asked.finish();
        return "taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        return error.what();
    }
}

TEST(Body, GivesWhatIsThereAndNothingElse)
{
    Body read = body(R"({"name":"x","count":3,"on":true,"none":null,"list":["a","b"]})");
    EXPECT_EQ(read.text("name", {1, 10}), "x");
    EXPECT_EQ(read.number("count", {0, 10}), 3);
    EXPECT_EQ(read.flag("on"), true);
    EXPECT_TRUE(read.is_null("none"));
    EXPECT_EQ(read.texts("list", {1, 2}, {1, 1}), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(read.text("absent", {1, 10}), std::nullopt);
    EXPECT_FALSE(read.is_null("absent"));
    read.finish();
}

TEST(Body, GivesASecretInItsOwnType)
{
    Body read = body(R"({"password":"of-this-test"})");
    const auto secret = read.secret("password", {1, 20});
    ASSERT_TRUE(secret);
    EXPECT_EQ(*secret, "of-this-test");
    EXPECT_FALSE(read.secret("absent", {1, 20}));
}

TEST(Body, RefusesWrongTypesAndRangesByName)
{
    const auto number = [](Body& asked) { asked.number("n", {1, 5}); };
    for (const char* text : {R"({"n":0})", R"({"n":6})", R"({"n":1.5})", R"({"n":"1"})",
                             R"({"n":18446744073709551615})", R"({"n":null})", R"({"n":true})"}) {
        EXPECT_EQ(fault_of(text, number), "n: expected a whole number from 1 to 5") << text;
    }
    const auto text = [](Body& asked) { asked.text("t", {1, 3}); };
    EXPECT_EQ(fault_of(R"({"t":1})", text), "t: expected text");
    EXPECT_EQ(fault_of(R"({"t":""})", text), "t: must not be empty");
    EXPECT_EQ(fault_of(R"({"t":"four"})", text), "t: is too long: at most 3 bytes");
    EXPECT_EQ(fault_of(R"({"t":"abc"})", text), "taken");
}

TEST(Body, RefusesWhatIsMissing)
{
    EXPECT_EQ(fault_of("{}",
                       [](Body& asked) {
                           asked.required_text("t", {1, 3});
                       }),
              "t: is missing");
    EXPECT_EQ(fault_of("{}",
                       [](Body& asked) {
                           asked.required_secret("t", {1, 3});
                       }),
              "t: is missing");
}

TEST(Body, TakesOneOfSomeChoices)
{
    constexpr std::array<std::string_view, 2> roles = {"viewer", "admin"};
    Body read = body(R"({"role":"admin"})");
    EXPECT_EQ(read.choice("role", roles), 1U);
    EXPECT_EQ(fault_of(R"({"role":"Admin"})", [&](Body& asked) { asked.choice("role", roles); }),
              "role: expected one of viewer admin");
}

TEST(Body, RefusesAMemberThatNobodyAskedFor)
{
    const auto nothing = [](Body&) {};
    EXPECT_EQ(fault_of("{}", nothing), "taken");
    EXPECT_TRUE(fault_of(R"({"dya":5})", nothing).starts_with("dya: "));
}

TEST(Query, IsReadAsStrictly)
{
    const TextPairs pairs = {{"limit", "20"}, {"sort", "user"}};
    Query query(pairs);
    constexpr std::array<std::string_view, 2> orders = {"created", "user"};
    EXPECT_EQ(query.number("limit", {1, 100}), 20);
    EXPECT_EQ(query.choice("sort", orders), 1U);
    EXPECT_EQ(query.text("search", {0, 10}), std::nullopt);
    query.finish();

    const TextPairs wrong = {{"limit", "+5"}};
    Query refused(wrong);
    EXPECT_THROW(refused.number("limit", {1, 100}), Error);
    EXPECT_THROW(Query(wrong).finish(), Error);
}

}  // namespace
}  // namespace mmx::admin
