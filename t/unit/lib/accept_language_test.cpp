#include "lib/answers/accept_language.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx {
namespace {

TEST(PrefersChinese, ByWeightThenByOrder)
{
    for (const char* header : {"zh",
                               "zh-CN",
                               "ZH-cn",
                               "zh-Hans-CN",
                               "zh-CN,zh;q=0.9,en;q=0.8",
                               "zh,en",
                               "en;q=0.8,zh",
                               "en;q=0.1,zh;q=0.2",
                               "fr,zh;q=0.5",
                               "zh;q=0.001",
                               "zh;q=1.000,en",
                               "zh;q=1.",
                               "*,zh",
                               " zh-TW ; q=0.9 , en ; q=0.8 ",
                               "\tzh\t",
                               ",,zh,,",
                               "en;q=0,zh;q=0.1",
                               "zh;Q=0.9,en;Q=0.8",
                               "zh-CN;q=0.5,en;q=0.7,zh;q=0.9",
                               "en;q=0.5,zh;q=0.5,zh-CN;q=0.6",
                               "en;q=bad,zh;q=0.1"}) {
        EXPECT_TRUE(prefers_chinese(header, false)) << header;
    }
    for (const char* header : {"",
                               "en",
                               "en-US,en;q=0.9",
                               "en,zh",
                               "zh;q=0.8,en",
                               "zh;q=0",
                               "zh;q=0.000",
                               "zh;q=0,*",
                               "*",
                               "fr",
                               "zho",
                               "z",
                               "zh_CN",
                               "en-US,en;q=0.9,zh-CN;q=0.8",
                               "zh;q=0.5,*",
                               ",",
                               ";",
                               ";q=1",
                               "q=1",
                               "zh;q=",
                               "zh;q=1.001",
                               "zh;q=2",
                               "zh;q=0.1234",
                               "zh;q=-1",
                               "zh;q=0,5x",
                               "zh;x=1",
                               "x-zh",
                               "zh;;q=1"}) {
        EXPECT_FALSE(prefers_chinese(header, false)) << header;
    }
}

TEST(PrefersChinese, TheDeploymentsLanguageWhereNeitherIsNamed)
{
    for (const char* header : {"", "*", "fr", "de,*;q=0.5", ",", "zho", "fr;q=1, ja"}) {
        EXPECT_TRUE(prefers_chinese(header, true)) << header;
        EXPECT_FALSE(prefers_chinese(header, false)) << header;
    }
    for (const char* header : {"en", "zh;q=0", "en;q=0.1,*", "zh;q=0.3,en;q=0.4"}) {
        EXPECT_FALSE(prefers_chinese(header, true)) << header;
    }
}

TEST(PrefersChinese, LongHeadersAreReadInOnePass)
{
    std::string header;
    for (int i = 0; i < 20000; ++i) {
        header += "fr;q=0.1,";
    }
    EXPECT_TRUE(prefers_chinese(header + "zh", false));
    EXPECT_FALSE(prefers_chinese(header + "en", true));
}

}  // namespace
}  // namespace mmx
