// Masking: no key survives in a line, everything else does.

#include "lib/mask.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx {
namespace {

std::string masked(std::string line)
{
    mask_keys(line);
    return line;
}

TEST(MaskKeys, HidesGatewayKeysWhereverTheyStand)
{
    EXPECT_EQ(masked("duplicate header line: \"X-Api-Key: mmx-0123456789abcdefABCDEF\", client"),
              "duplicate header line: \"X-Api-Key: mmx-**********************\", client");
    EXPECT_EQ(masked("GET /?a=mmx-0123456789abcdef&b=mmx-fedcba9876543210 HTTP/1.1"),
              "GET /?a=mmx-****************&b=mmx-**************** HTTP/1.1");
    EXPECT_EQ(masked("MMX-0123456789abcdef"), "MMX-****************");
}

TEST(MaskKeys, HidesWhatABearerBears)
{
    EXPECT_EQ(masked("\"Authorization: bearer eyJhbGciOi.x_y-z~+/=\""),
              "\"Authorization: bearer ********************\"");
    EXPECT_EQ(masked("Bearer mmx-0123456789abcdef"), "Bearer mmx-****************");
}

TEST(MaskKeys, HidesTokensAndSessionsOfTheConsole)
{
    EXPECT_EQ(masked("POST /api/v1/keys?t=mmxadm-0123456789abcdef HTTP/1.1"),
              "POST /api/v1/keys?t=mmxadm-**************** HTTP/1.1");
    EXPECT_EQ(masked("Cookie: __Host-mmx_session=0123456789abcdef01; a=b"),
              "Cookie: __Host-mmx_session=******************; a=b");
}

TEST(MaskKeys, KnowsAKeyInAnyEscapes)
{
    for (const char* key : {"mmx-0123456789abcdef", "mmx%2d0123456789abcdef",
                            "%6d%6D%78-0123456789abcdef", "%256d%256d%2578%252d0123456789abcdef",
                            "m%25256dx%2D%30123456789abcde%66", "MMX%2Dabcdefabcdefabcdef",
                            "%6dmxadm-0123456789abcdef", "mmx%5fsession%3d0123456789abcdef"}) {
        const std::string line = std::string("GET /mini/v1/") + key + "/models?a=1 HTTP/1.1";
        const std::string out = masked(line);
        EXPECT_TRUE(holds_key(line)) << line;
        EXPECT_FALSE(holds_key(out)) << out;
        EXPECT_EQ(out.size(), line.size());
        EXPECT_TRUE(out.starts_with("GET /mini/v1/") && out.ends_with("**/models?a=1 HTTP/1.1"))
            << out;
    }
    EXPECT_EQ(masked("authorization%3A%20Bearer%20abcdefghij.kl"),
              "authorization%3A%20Bearer%20*************");
}

TEST(MaskKeys, TakesATimeThatGrowsAsTheLine)
{
    for (const std::string piece :
         {"%25", "%2525", "mmx-", "mmx-0123456789abcdef", "bearer ", "%", "bearer a", "mm"}) {
        std::string line;
        while (line.size() < 1 << 20) {
            line += piece;
        }
        mask_keys(line);
        EXPECT_FALSE(holds_key(line));
    }
}

TEST(MaskSecret, OverwritesItWhereverItStands)
{
    const auto masked_of = [](std::string text, std::string_view secret) {
        const bool found = mask_secret(text, secret);
        return std::pair(found, text);
    };
    EXPECT_EQ(masked_of("abab-ababab", "abab"), std::pair(true, std::string("****-****ab")));
    EXPECT_EQ(masked_of("aba", "abab"), std::pair(false, std::string("aba")));
    EXPECT_EQ(masked_of("", "abab"), std::pair(false, std::string()));
    EXPECT_EQ(masked_of("abab", ""), std::pair(false, std::string("abab")));
    EXPECT_EQ(masked_of("****", "**"), std::pair(true, std::string("****")));
}

TEST(MaskCutSecret, HidesAlsoWhatTheLinesEndLeavesOfIt)
{
    const auto hidden = [](std::string line) {
        mask_cut_secret(line, "sk-api-0123456789");
        return line;
    };
    EXPECT_EQ(hidden("a: sk-api-0123456789, sk-api-0123456789\n"),
              "a: *****************, *****************\n");
    EXPECT_EQ(hidden("sk-api-012345678"), "****************");
    EXPECT_EQ(hidden("invalid header: \"sk-api-0123\r\n"), "invalid header: \"***********\r\n");
    for (const char* line : {"", "\n", "sk-", "sk-api-01 and more", "sk-api-012345678x"}) {
        EXPECT_EQ(hidden(line), line);
    }
    std::string line = "nothing";
    mask_cut_secret(line, "");
    EXPECT_EQ(line, "nothing");
}

TEST(KeepOneLine, LeavesNoControlsButTheEnd)
{
    const auto kept = [](std::string line) {
        keep_one_line(line);
        return line;
    };
    EXPECT_EQ(kept("a\r\n2026/11/27 [alert] b\x7f\t\x1b\n"), "a??2026/11/27 [alert] b???\n");
    EXPECT_EQ(kept("caf\xc3\xa9\n"), "caf\xc3\xa9\n");
    EXPECT_EQ(kept("\n\n"), "?\n");
    EXPECT_EQ(kept(""), "");
}

TEST(MadeLoggable, LeavesNothingThatIsNoUtf8NorAnyControl)
{
    EXPECT_EQ(made_loggable("/mini/v1/models?limit=5"), std::nullopt);
    EXPECT_EQ(made_loggable(""), std::nullopt);
    EXPECT_EQ(made_loggable("/caf\xc3\xa9/\xe6\x9d\x8e"), "/caf\xc3\xa9/\xe6\x9d\x8e");
    EXPECT_EQ(made_loggable("/\xff\xc3/\xed\xa0\x80"), "/%ff%c3/%ed%a0%80");
    EXPECT_EQ(made_loggable("a\x1b[31m\n\x7f\xc2\x9b"), "a%1b[31m%0a%7f%c2%9b");
    EXPECT_EQ(made_loggable("/mmx-0123456789abcdef/\xff"), "/mmx-****************/%ff");
}

TEST(MaskKeys, KnowsTheShortestThatEndsTheText)
{
    for (const std::string mark : {"mmx-", "mmxadm-", "mmx_session=", "%6dmx-", "m%6Dx-"}) {
        const std::string key = "0123456789abcdef";
        EXPECT_TRUE(holds_key(mark + key)) << mark;
        EXPECT_FALSE(holds_key(mark + key.substr(1))) << mark;
        EXPECT_EQ(masked(mark + key), mark + std::string(key.size(), '*'));
        EXPECT_EQ(made_loggable(mark + key), mark + std::string(key.size(), '*'));
    }
    EXPECT_EQ(made_loggable("%42earer 0123456789"), "%42earer **********");
    EXPECT_EQ(made_loggable("bearer 012345678"), std::nullopt);
}

TEST(MaskKeys, LeavesTheNamesOfFiles)
{
    for (const char* line :
         {"connect() to unix:/run/mmx-quickstart-1234567/admind.sock failed",
          "open() \"/usr/share/mmx-gate/console/index.html\"", "/run/mmx-redis-8080.sock"}) {
        EXPECT_EQ(masked(line), line);
    }
}

TEST(MaskKeys, LeavesWordsAndShortPiecesAlone)
{
    for (const char* line : {"", "mmx-", "bearer ", "make it with \"mmx-admind init\"",
                             "mmx-gate lost redis", "a bearer of news", "mmx_proxy.conf"}) {
        EXPECT_EQ(masked(line), line);
    }
}

}  // namespace
}  // namespace mmx
