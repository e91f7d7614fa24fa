#include "lib/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mmx {
namespace {

Result<std::string> half(int number)
{
    if (number % 2 != 0) {
        return Fault{"expected an even number"};
    }
    return std::to_string(number / 2);
}

TEST(Result, IsAValue)
{
    const auto result = half(4);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result.has_value());
    EXPECT_EQ(*result, "2");
    EXPECT_EQ(result->size(), 1U);
}

TEST(Result, OrSaysWhyThereIsNone)
{
    const auto result = half(3);
    ASSERT_FALSE(result);
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(result.fault(), "expected an even number");
}

TEST(Result, HoldsWhatCanOnlyBeMoved)
{
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    ASSERT_TRUE(result);
    const std::unique_ptr<int> taken = std::move(*result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, TellsAFaultFromAValueOfText)
{
    const Result<std::string> value = std::string("a text");
    EXPECT_TRUE(value);
    const Result<std::string> fault = Fault{"a text"};
    EXPECT_FALSE(fault);
}

}  // namespace
}  // namespace mmx
