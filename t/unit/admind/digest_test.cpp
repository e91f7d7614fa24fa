#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx::admin {
namespace {

TEST(Digest, RandomHexHasAsManyBytesAsAskedFor)
{
    // Around the size of what is drawn at a time.
    for (const std::size_t bytes : {0U, 1U, 16U, 31U, 32U, 33U, 64U, 100U}) {
        const SecretText text = random_hex(bytes);
        EXPECT_EQ(text.size(), 2 * bytes);
        EXPECT_EQ(text.view().find_first_not_of("0123456789abcdef"), std::string_view::npos);
    }
}

TEST(Digest, RandomHexIsNewEachTime)
{
    const SecretText text = random_hex(64);
    EXPECT_NE(random_hex(64).view(), text.view());
    EXPECT_NE(text.view().substr(0, 64), text.view().substr(64));  // each draw is one of its own
}

}  // namespace
}  // namespace mmx::admin
