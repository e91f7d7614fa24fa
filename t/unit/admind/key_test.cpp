// A key's status, and what a change says of itself.

#include "store/key.hpp"

#include <gtest/gtest.h>

namespace mmx::admin {
namespace {

constexpr std::int64_t now = 1000;

Key good_key()
{
    Key key;
    key.limits = {.day = 10, .month = 100};
    key.day_used = 9;
    key.month_used = 99;
    key.expires_at = now + 1;
    return key;
}

TEST(KeyStatus, IsActiveWithinEveryLimit)
{
    EXPECT_EQ(good_key().status(now), KeyStatus::active);
}

TEST(KeyStatus, ExpiresAtTheVerySecond)
{
    EXPECT_EQ(good_key().status(now + 1), KeyStatus::expired);
    Key key = good_key();
    key.expires_at = 0;
    EXPECT_EQ(key.status(now * now), KeyStatus::active);
}

TEST(KeyStatus, IsExhaustedByTheDayOrTheMonth)
{
    Key key = good_key();
    key.day_used = 10;
    EXPECT_EQ(key.status(now), KeyStatus::exhausted);
    key = good_key();
    key.month_used = 101;
    EXPECT_EQ(key.status(now), KeyStatus::exhausted);
    key.limits = {};  // unlimited
    EXPECT_EQ(key.status(now), KeyStatus::active);
}

TEST(KeyStatus, TellsTheFirstThatApplies)
{
    Key key = good_key();
    key.day_used = 10;
    key.expires_at = now;
    EXPECT_EQ(key.status(now), KeyStatus::expired);
    key.enabled = false;
    EXPECT_EQ(key.status(now), KeyStatus::disabled);
}

TEST(KeyStatus, IsNamedAsItIsParsed)
{
    for (const KeyStatus status : key_statuses) {
        EXPECT_EQ(parse_status(status_name(status)), status);
    }
    EXPECT_FALSE(parse_status("rotated"));
    EXPECT_FALSE(parse_status(""));
}

TEST(KeyChange, IsEmptyUntilItSetsSomething)
{
    EXPECT_TRUE(KeyChange{}.is_empty());
    KeyChange change;
    change.enabled = false;
    EXPECT_FALSE(change.is_empty());
    change = {};
    change.expires_at = 0;  // clearing is a change as well
    EXPECT_FALSE(change.is_empty());
    change = {};
    change.note = "";
    EXPECT_FALSE(change.is_empty());
}

TEST(Expiry, MustLieAheadUnlessItIsTheKeysOwn)
{
    EXPECT_EQ(expiry_fault(now + 1, 0, now), "");
    EXPECT_EQ(expiry_fault(now, 0, now), "has passed: the key would never work");
    EXPECT_EQ(expiry_fault(now - 1, now - 2, now), "has passed: the key would never work");
    EXPECT_EQ(expiry_fault(now - 1, now - 1, now), "");
    EXPECT_EQ(expiry_fault(0, now + 1, now), "");  // never
}

}  // namespace
}  // namespace mmx::admin
