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
