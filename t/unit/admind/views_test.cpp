// The views' names and members, and from where to where the entries of a search lie.

#include "store/views.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lib/redis_keys.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

using namespace std::string_literals;

const std::string hex = "0123456789abcdef0123456789abcdef";

std::string start_of(std::string_view text)
{
    const auto range = text_range(text);
    return range ? range->min : "nothing";
}

Key key_of(std::string user, std::int64_t created_at)
{
    Key key;
    key.id = KeyId::parse(hex).value();
    key.user = std::move(user);
    key.created_at = created_at;
    return key;
}

TEST(Views, FoldOnlyAsciiLetters)
{
    EXPECT_EQ(folded("Ann-Marie Ü 07"), "ann-marie Ü 07");
    EXPECT_EQ(folded(""), "");
}

TEST(Views, HaveANameForEachStatusAndOrder)
{
    EXPECT_EQ(view_name(std::nullopt, KeyOrder::created), redis_keys::index);
    EXPECT_EQ(view_name(std::nullopt, KeyOrder::user), "mmx:view:all:user");
    EXPECT_EQ(view_name(KeyStatus::exhausted, KeyOrder::created), "mmx:view:exhausted:created");
    const std::vector<std::string> names = view_names();
    const std::set<std::string, std::less<>> different(names.begin(), names.end());
    EXPECT_EQ(different.size(), names.size());
    EXPECT_EQ(names.size(), 3U + 3U + 4U * 4U);
    EXPECT_FALSE(different.contains(redis_keys::index));  // what all views are built from
}

TEST(Views, NameEveryOrderAsItIsParsed)
{
    for (const KeyOrder order :
         {KeyOrder::created, KeyOrder::user, KeyOrder::today, KeyOrder::month}) {
        EXPECT_EQ(parse_order(order_name(order)), order);
    }
    EXPECT_FALSE(parse_order("Created"));
    EXPECT_FALSE(parse_order(""));
}

TEST(Views, AUserHasAPrefixThatIsNoOtherUsers)
{
    EXPECT_EQ(user_prefix("ann"), "ann\0\0"s);
    EXPECT_EQ(user_prefix("Ann"), "ann\0Ann\0"s);
    EXPECT_EQ(user_prefix("a\0b"s), "a b\0a\0b\0"s);
    const std::string users[] = {"", "a", "A", "an", "ann", "Ann", "ANN", "ann ", "änn"};
    for (const std::string& user : users) {
        for (const std::string& other : users) {
            const std::string member = user_member(key_of(other, 1));
            EXPECT_EQ(member.starts_with(user_prefix(user)), user == other) << user << other;
        }
    }
}

TEST(Views, OneUsersKeysStandByTheirTime)
{
    const std::string early = user_member(key_of("ann", 999)),
                      late = user_member(key_of("ann", 1000));
    EXPECT_EQ(early, "ann\0\0"s + "0000000999\0"s + hex);
    EXPECT_LT(early, late);
    EXPECT_LT(late, user_member(key_of("Bob", 1)));  // letters of either case alike
}

TEST(Views, AMemberEndsWithItsId)
{
    EXPECT_EQ(id_of_member("anything\0"s + hex), KeyId::parse(hex));
    EXPECT_EQ(id_of_member(user_member(key_of("ann", 1))), KeyId::parse(hex));
    EXPECT_EQ(id_of_member(hex), KeyId::parse(hex));
    EXPECT_FALSE(id_of_member(hex.substr(1)));
    EXPECT_FALSE(id_of_member(""));
    EXPECT_FALSE(id_of_member(hex + "x"));
}

TEST(Search, ATextIsLookedForFromItsFirstLetterOn)
{
    EXPECT_EQ(start_of("Ann"), "ann");
    EXPECT_EQ(start_of("  (Ann"), "ann");
    EXPECT_EQ(start_of("ann b"), "ann b");
    EXPECT_EQ(start_of("Übung"), "Übung");
    EXPECT_EQ(start_of(""), "nothing");
    EXPECT_EQ(start_of("-- ?"), "nothing");
    const auto range = text_range("ann").value();
    EXPECT_EQ(range.max, "ann\xff");
}

TEST(Search, AHintIsFoundByItsVisibleParts)
{
    EXPECT_EQ(start_of("mmx-3fA9…x2Qk"), "3fa9…x2qk");
    EXPECT_EQ(start_of("mmx-…x2Qk"), "x2qk");
    EXPECT_EQ(start_of("…x2Qk"), "x2qk");
    EXPECT_EQ(start_of("mmx-"), "nothing");
    EXPECT_EQ(start_of("mmx"), "mmx");
}

TEST(Search, ALongTextIsCutBetweenCharacters)
{
    EXPECT_EQ(start_of(std::string(40, 'a')), std::string(search_text_max, 'a'));
    const std::string before(search_text_max - 1, 'a');
    EXPECT_EQ(start_of(before + "ü"), before);
    EXPECT_EQ(start_of(before.substr(1) + "üb"), before.substr(1) + "ü");
}

TEST(Search, AnIdIsLookedForByItsBeginning)
{
    const auto range = id_range("0123").value();
    EXPECT_EQ(range.min, "\1"
                         "0123");
    EXPECT_EQ(range.max, "\1"
                         "0123\xff");
    EXPECT_TRUE(id_range(hex));
    EXPECT_FALSE(id_range(hex + "0"));
    EXPECT_FALSE(id_range(""));
    EXPECT_FALSE(id_range("012g"));
    EXPECT_FALSE(id_range("ABCD"));
}

TEST(Views, ManyKeysArePlacedByMoreThanOneCommand)
{
    const std::vector<KeyId> ids(place_batch + 1, KeyId::parse(hex).value());
    const QuotaDay day{.date = "2026-11-22", .begin = 0, .end = 1, .month_end = 1};
    EXPECT_EQ(place_commands(ids, day, 0).size(), 2U);
    EXPECT_EQ(search_commands(ids, SearchAction::add).size(), 2U);
    EXPECT_TRUE(place_commands({}, day, 0).empty());
    const std::vector<Command> one = place_commands({ids.front()}, day, 7);
    ASSERT_EQ(one.size(), 1U);
    const std::vector<std::string>& words = one.front().words();
    EXPECT_EQ(words.back(), hex);
    EXPECT_EQ(std::ranges::count(words, redis_keys::archive(ids.front(), "2026-11")), 1);
}

}  // namespace
}  // namespace mmx::admin
