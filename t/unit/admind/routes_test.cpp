#include "api/routes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mmx::admin {
namespace {

TEST(FindRoute, TellsMethodsOfOnePathApart)
{
    const RouteMatch list = find_route("GET", "/keys");
    ASSERT_NE(list.route, nullptr);
    EXPECT_EQ(list.route->access, Access::viewer);
    const RouteMatch create = find_route("POST", "/keys");
    ASSERT_NE(create.route, nullptr);
    EXPECT_EQ(create.route->access, Access::admin);
}

TEST(FindRoute, NamesTheMethodsWhereNoneFits)
{
    const RouteMatch none = find_route("PUT", "/keys");
    EXPECT_EQ(none.route, nullptr);
    EXPECT_EQ(none.allow, "GET, HEAD, POST");
}

TEST(FindRoute, AnswersHeadWhereGetIs)
{
    EXPECT_EQ(find_route("HEAD", "/keys").route, find_route("GET", "/keys").route);
    EXPECT_EQ(find_route("HEAD", "/keys/batch").route, find_route("GET", "/keys/batch").route);
}

TEST(FindRoute, GivesTheSegmentInThePlaceOfAParameter)
{
    EXPECT_EQ(find_route("POST", "/keys/0123/reveal").parameter, "0123");
    // A path of its own comes before one with a parameter, also for methods that it has not.
    EXPECT_EQ(find_route("POST", "/keys/search").parameter, "");
    EXPECT_EQ(find_route("GET", "/keys/search").allow, "POST");
}

TEST(FindRoute, KnowsNoOtherPath)
{
    for (const char* path : {"", "/", "/key", "/keys/", "/keys//reveal", "/keys/a/b", "/KEYS",
                             "/keys/a/reveal/", "keys"}) {
        EXPECT_EQ(find_route("GET", path).route, nullptr) << path;
        EXPECT_EQ(find_route("GET", path).allow.find("POST"), std::string::npos) << path;
    }
}

TEST(Routes, EachIsFoundAndStandsOnce)
{
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Route& route : routes()) {
        EXPECT_TRUE(seen.insert({route.method, route.pattern}).second) << route.pattern;
        EXPECT_EQ(find_route(route.method, route.pattern).route, &route) << route.pattern;
    }
    EXPECT_GT(seen.size(), 30U);
}

TEST(Routes, OnlyWhatMustBeIsOpen)
{
    std::set<std::string_view> open;
    for (const Route& route : routes()) {
        if (route.access == Access::open) {
            open.insert(route.pattern);
        }
    }
    EXPECT_EQ(open, (std::set<std::string_view>{"/health", "/setup", "/session", "/public/usage"}));
}

}  // namespace
}  // namespace mmx::admin
