#include "lib/redis_keys.hpp"

#include <gtest/gtest.h>

namespace mmx::redis_keys {
namespace {

const KeyId id = *KeyId::parse("0123456789abcdef0123456789abcdef");

TEST(RedisKeys, SpellTheNamesOfTheDesign)
{
    EXPECT_EQ(record(id), "mmx:{0123456789abcdef0123456789abcdef}");
    EXPECT_EQ(archive(id, "2026-11"), "mmx:{0123456789abcdef0123456789abcdef}:2026-11");
    EXPECT_EQ(about(id), "mmx:{0123456789abcdef0123456789abcdef}:about");
    EXPECT_EQ(flight(id), "mmx:{0123456789abcdef0123456789abcdef}:flight");
    EXPECT_EQ(total("2026-11-22"), "mmx:total:2026-11-22");
    EXPECT_EQ(worker("5f"), "mmx:worker:5f");
    EXPECT_EQ(user("ann"), "mmx:user:ann");
    EXPECT_EQ(session("5f"), "mmx:session:5f");
    EXPECT_EQ(login("203.0.113.7"), "mmx:login:203.0.113.7");
    EXPECT_EQ(login_of("ann"), "mmx:login:user:ann");
    EXPECT_EQ(login_at_home("ann", "2001:db8::/64"), "mmx:login:home:ann@2001:db8::/64");
    EXPECT_EQ(login_homes("ann"), "mmx:login:homes:ann");
    EXPECT_EQ(login_unknown("5f1"), "mmx:login:unknown:5f1");
    EXPECT_EQ(view("active", "today"), "mmx:view:active:today");
}

TEST(RedisKeys, SealedKeyIsBoundToNameAndField)
{
    EXPECT_EQ(sealed_key_field(id), "mmx:{0123456789abcdef0123456789abcdef}:about/sealed");
    EXPECT_EQ(sealed_master_field, std::string(settings) + "/" + std::string(field::master));
}

// Redis Cluster hashes what stands between the first { and the next }.
TEST(RedisKeys, EverythingOfOneKeyHasOneSlot)
{
    for (const std::string& name : {record(id), archive(id, "2026-11"), about(id), flight(id)}) {
        const std::size_t open = name.find('{');
        ASSERT_NE(open, std::string::npos);
        EXPECT_EQ(name.substr(open + 1, name.find('}') - open - 1), id.view()) << name;
    }
}

}  // namespace
}  // namespace mmx::redis_keys
