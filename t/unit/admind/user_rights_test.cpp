// What a Redis user may do, from the ACL's words and from both forms of ACL GETUSER's answer.

#include "redis/user_rights.hpp"

#include <gtest/gtest.h>

namespace mmx::admin {
namespace {

Reply text(std::string value)
{
    Reply reply;
    reply.kind = Reply::Kind::text;
    reply.text = std::move(value);
    return reply;
}

Reply list(std::initializer_list<std::string> values)
{
    Reply reply;
    reply.kind = Reply::Kind::array;
    for (const std::string& value : values) {
        reply.elements.push_back(text(value));
    }
    return reply;
}

Reply user(Reply flags, std::string commands, Reply keys)
{
    Reply reply;
    reply.kind = Reply::Kind::array;
    reply.elements = {text("flags"), std::move(flags), text("commands"), text(std::move(commands)),
                      text("keys"),  std::move(keys)};
    return reply;
}

std::vector<std::string> members(std::string_view category)
{
    return category == "hash" ? std::vector<std::string>{"hget", "hset", "hvals"}
                              : std::vector<std::string>{};
}

TEST(UserRights, OfALineAreWhatItGrants)
{
    const UserRights rights =
        rights_of_line("user a on #12 resetchannels ~mmx:{* %R~mmx:s -@all +ping +acl|cat");
    EXPECT_EQ(rights.words, (std::set<std::string>{"~mmx:{*", "%R~mmx:s", "+ping", "+acl|cat"}));
}

TEST(UserRights, SpellOneThingOneWay)
{
    EXPECT_EQ(rights_of_line("allkeys allcommands allchannels %RW~x").words,
              (std::set<std::string>{"~*", "+@all", "&*", "~x"}));
}

TEST(UserRights, OfNobodyAreNone)
{
    EXPECT_FALSE(rights_of(Reply{}, members));
}

TEST(UserRights, CountACategoryByItsCommands)
{
    const auto rights =
        rights_of(user(list({"on"}), "-@all +ping +@hash -hvals", text("~mmx:*")), members);
    ASSERT_TRUE(rights);
    EXPECT_EQ(rights->words, (std::set<std::string>{"+ping", "+hget", "+hset", "~mmx:*"}));
    EXPECT_TRUE(rights->is_on);
}

TEST(UserRights, OfOneThatIsOffSaySo)
{
    const auto rights = rights_of(user(list({"off", "nopass"}), "+@all", text("~*")), members);
    ASSERT_TRUE(rights);
    EXPECT_FALSE(rights->is_on);
    EXPECT_EQ(rights->words, (std::set<std::string>{"nopass", "+@all", "~*"}));
}

TEST(UserRights, KeepReadingFromWriting)
{
    const UserRights needed = rights_of_line("%R~mmx:s ~mmx:t");
    EXPECT_EQ(beyond(rights_of_line("~mmx:s ~mmx:t"), needed), "~mmx:s");
    EXPECT_EQ(beyond(rights_of_line("%R~mmx:s %R~mmx:t"), needed), "");
}

TEST(UserRights, OfRedis6CannotKeepThemApart)
{
    const auto old = rights_of(user(list({"on"}), "-@all", list({"mmx:s", "mmx:x"})), members);
    ASSERT_TRUE(old);
    EXPECT_EQ(beyond(*old, rights_of_line("%R~mmx:s ~mmx:t")), "~mmx:x");
}

TEST(UserRights, NameTheFirstOfMany)
{
    UserRights has;
    for (char letter = 'a'; letter <= 'z'; letter++) {
        has.words.insert(std::string("+") + letter);
    }
    EXPECT_EQ(beyond(has, {}), "+a +b +c +d +e +f +g +h +i +j +k +l …");
}

TEST(UserRights, LackWhatIsNotGranted)
{
    const UserRights needed = rights_of_line("+hget +hset ~x");
    EXPECT_EQ(missing(rights_of_line("+hget ~*"), needed), "+hset");
    EXPECT_EQ(missing(rights_of_line("+@all"), needed), "");
}

TEST(ShippedUsers, MayWhatTheirFileSays)
{
    EXPECT_TRUE(shipped_rights(gateway_user).words.contains("+evalsha"));
    EXPECT_TRUE(shipped_rights(admind_user).words.contains("+watch"));
    EXPECT_FALSE(shipped_rights(admind_user).words.contains("+scan"));
    EXPECT_TRUE(shipped_rights("nobody").words.empty());
}

}  // namespace
}  // namespace mmx::admin
