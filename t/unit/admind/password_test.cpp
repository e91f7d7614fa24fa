#include "auth/password.hpp"

#include <gtest/gtest.h>

namespace mmx::admin {
namespace {

constexpr int cheap = password_cost_min;

TEST(PasswordFault, TakesGoodOnes)
{
    for (const char* good : {"a long enough one", "Tr0ub4dor&3 and more",
                             "十二个汉字也是一个好的口令啊", "the admin likes blue cheese"}) {
        EXPECT_EQ(password_fault(good, "alice"), "") << good;
    }
}

TEST(PasswordFault, CountsCharactersNotBytes)
{
    EXPECT_NE(password_fault("eleven char", "alice"), "");
    EXPECT_EQ(password_fault("twelve chars", "alice"), "");
    EXPECT_NE(password_fault("十一个汉字还不够长啊", "alice"), "");
}

TEST(PasswordFault, RefusesWhatIsGuessedFirst)
{
    for (const char* weak : {"123456789012", "QwertyUiop12", "aaaaaaaaaaaa", "minimax12345",
                             "Password1234", "alice1234567", "ALICE-ALICE-1"}) {
        EXPECT_NE(password_fault(weak, "alice"), "") << weak;
    }
    EXPECT_NE(password_fault(std::string(password_size_max + 1, 'x'), "alice"), "");
}

TEST(PasswordFault, RefusesWhatNobodyCanType)
{
    using namespace std::string_literals;
    for (const std::string& odd :
         {"a long\tenough one"s, "a long enough one\n"s, "a long\0one here"s, "a long enough \x7f"s,
          "a long enough \xc2\x85"s, "a long enough \xff"s, "a long enough \xc3"s}) {
        EXPECT_NE(password_fault(odd, "alice").find("control character"), std::string::npos);
    }
    EXPECT_EQ(password_fault("a long enough \xc2\xa0 one", "alice"), "");
}

TEST(PasswordFault, NeverRepeatsThePassword)
{
    EXPECT_EQ(password_fault("minimax-7Q3z", "alice").find("7Q3z"), std::string::npos);
}

TEST(PasswordHasher, VerifiesWhatItHashed)
{
    PasswordHasher hasher(cheap);
    const std::string stored = hasher.hash("a long enough one");
    EXPECT_TRUE(stored.starts_with("$scrypt$ln=14,r=8,p=1$"));
    EXPECT_NE(stored, hasher.hash("a long enough one"));  // each has a salt of its own
    EXPECT_TRUE(hasher.verify("a long enough one", stored, Standing::home, "ann"));
    EXPECT_FALSE(hasher.verify("another long one", stored, Standing::account, "ann"));
}

TEST(PasswordHasher, VerifiesNothingWhereNothingIsStored)
{
    PasswordHasher hasher(cheap);
    for (const char* stored : {"", "$scrypt$", "$scrypt$ln=14,r=8,p=1$!$!", "plain text"}) {
        EXPECT_FALSE(hasher.verify("a long enough one", stored, Standing::unknown, "ann"))
            << stored;
    }
}

TEST(PasswordHasher, KnowsAHashOfALowerCost)
{
    PasswordHasher now(cheap + 1);
    EXPECT_TRUE(now.is_outdated(PasswordHasher(cheap).hash("a long enough one")));
    EXPECT_FALSE(now.is_outdated(now.hash("a long enough one")));
}

}  // namespace
}  // namespace mmx::admin
