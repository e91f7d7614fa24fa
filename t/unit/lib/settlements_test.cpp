// Settlements: figures of one day add up, and a commit takes no more than it can carry.

#include "lib/settlements.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

Date november(int day)
{
    return {'2',
            '0',
            '2',
            '6',
            '-',
            '1',
            '1',
            '-',
            static_cast<char>('0' + day / 10),
            static_cast<char>('0' + day % 10)};
}

TEST(Settlements, FiguresOfOneDayAddUp)
{
    Settlements due;
    EXPECT_TRUE(due.empty());
    due.add(november(22), Figure::requests, -1);
    due.add(november(22), Figure::requests, -2);
    due.add(november(22), Figure::refunds, 1);
    due.add(november(23), Figure::requests, 5);
    ASSERT_EQ(due.all().size(), 2U);
    EXPECT_EQ(due.all()[0].deltas[0], -3);
    EXPECT_EQ(due.all()[0].deltas[1], 1);
    EXPECT_EQ(due.all()[1].deltas[0], 5);
}

TEST(Settlements, WhatIsPutBackJoinsWhatCameSince)
{
    Settlements due;
    due.add(november(22), Figure::failed, 2);
    Settlements taken = due.take();
    EXPECT_TRUE(due.empty());
    due.add(november(22), Figure::failed, 1);
    due.add(taken);
    ASSERT_EQ(due.all().size(), 1U);
    EXPECT_EQ(due.all()[0].deltas[static_cast<std::size_t>(Figure::failed)], 3);
}

TEST(Settlements, ACommitTakesAtMostItsShareAndTheRestStaysDue)
{
    Settlements due;
    for (int day = 1; day <= 30; ++day) {
        due.add(november(day), Figure::requests, day);
    }
    Settlements taken = due.take();
    EXPECT_EQ(taken.all().size(), commit_settlements_max);
    EXPECT_EQ(due.all().size(), 30 - commit_settlements_max);
    EXPECT_EQ(view(due.all()[0].date), "2026-11-17");
}

}  // namespace
}  // namespace mmx
