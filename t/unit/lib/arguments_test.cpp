// Arguments: what is on the list goes on as it came, and GroupId does not in any spelling.

#include "lib/passage/arguments.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mmx {
namespace {

std::string passed(std::string_view query)
{
    return passed_arguments(query, {});
}

TEST(PassedArguments, KeepsTheKnownInTheirOrder)
{
    EXPECT_EQ(passed(""), "");
    EXPECT_EQ(passed("task_id=5"), "task_id=5");
    EXPECT_EQ(passed("limit=20&other=1&after_id=a%20b&beta"), "limit=20&after_id=a%20b&beta");
    EXPECT_EQ(passed("&&task_id=5&&"), "task_id=5");
}

TEST(PassedArguments, DropsGroupIdHoweverItIsSpelled)
{
    for (const char* spelled :
         {"GroupId=17", "groupid=17", "group_id=17", "%47roupId=17", "GroupI%64=17", "GroupId[]=17",
          "+GroupId=17", "Group-Id=17", "GroupId%5B%5D=17", "GroupId", "=GroupId", "GroupId=",
          "Group.Id=17", "%20GroupId=17", "task%5Fid=17", "Task_Id=17", "task_id=5;GroupId=17"}) {
        EXPECT_EQ(passed(spelled), "") << spelled;
        EXPECT_EQ(passed(std::string("task_id=5&") + spelled + "&limit=1"), "task_id=5&limit=1");
    }
}

TEST(PassedArguments, PassesNoGatewayKey)
{
    EXPECT_EQ(passed("after=mmx-0123456789abcdef&limit=1"), "limit=1");
    EXPECT_EQ(passed("after=%6dmx%2D0123456789abcdef&limit=1"), "limit=1");
}

TEST(PassedArguments, PassesWhatTheOperatorNames)
{
    constexpr std::array<std::string_view, 2> further = {"cursor", "x"};
    EXPECT_EQ(passed_arguments("cursor=1&y=2&x=3&limit=4", further), "cursor=1&x=3&limit=4");
}

}  // namespace
}  // namespace mmx
