#include "auth/common_passwords.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx::admin {
namespace {

TEST(CommonPasswords, HoldsAsManyAsTheReadmeSays)
{
    EXPECT_EQ(common_passwords_count(), 54848U);
}

TEST(CommonPasswords, KnowsThoseOfEachSourceAndOurOwn)
{
    for (const char* common :
         {"1qaz2wsx3edc", "qwertyqwerty", "motherfucker", "sonyericsson", "introducing2014",
          "godisalmighty", "5201314520131", "correcthorsebatterystaple", "aaaaaaaaaaaa"}) {
        EXPECT_TRUE(is_common_password(common)) << common;
    }
}

TEST(CommonPasswords, LooksAtNeitherCaseNorWidth)
{
    for (const char* form : {"QwertyQwerty", "SONYERICSSON", "PolniyPizdec0211",
                             "ｑｗｅｒｔｙｑｗｅｒｔｙ", "１ＱＡＺ２wsx3edc"}) {
        EXPECT_TRUE(is_common_password(form)) << form;
    }
}

TEST(CommonPasswords, TakesNoOtherForOne)
{
    for (const char* good : {"", "twelve chars", "qwertyqwertz!", "十二个汉字也是一个好的口令啊",
                             "not \xff utf-8 at all"}) {
        EXPECT_FALSE(is_common_password(good)) << good;
    }
    for (int i = 0; i < 100000; i++) {
        EXPECT_FALSE(is_common_password("a rather odd one, " + std::to_string(i)));
    }
}

}  // namespace
}  // namespace mmx::admin
