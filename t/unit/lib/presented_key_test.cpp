#include "lib/presented_key.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx {
namespace {

using namespace std::string_literals;

const std::string key = "mmx-0123456789abcdef0123456789abcdef";
const std::string bearer_key = "Bearer " + key;
const std::string bearer_other = "Bearer mmx-ffffffffffffffffffffffffffffffff";

PresentedKey of_authorization(std::string_view value)
{
    PresentedKey credential;
    credential.add_authorization(value);
    return credential;
}

PresentedKey of_x_api_key(std::string_view value)
{
    PresentedKey credential;
    credential.add_x_api_key(value);
    return credential;
}

TEST(PresentedKey, OfEitherHeader)
{
    EXPECT_EQ(of_x_api_key(key).fault(), KeyFault::none);
    EXPECT_EQ(of_x_api_key(key).key(), key);
    EXPECT_EQ(of_authorization("Bearer " + key).fault(), KeyFault::none);
    EXPECT_EQ(of_authorization("Bearer " + key).key(), key);
}

TEST(PresentedKey, SchemeMayBeSpelledAnyWayAndSpacedAnyWay)
{
    for (const std::string prefix :
         {"bearer ", "BEARER ", "bEaReR ", "Bearer    ", "  Bearer ", "Bearer \t"}) {
        const std::string value = prefix + key + " \t";
        EXPECT_EQ(of_authorization(value).fault(), KeyFault::none) << prefix;
        EXPECT_EQ(of_authorization(value).key(), key) << prefix;
    }
    const std::string spaced = " \t" + key + "  ";
    EXPECT_EQ(of_x_api_key(spaced).key(), key);
}

TEST(PresentedKey, MissingWithoutAnyOfOurs)
{
    EXPECT_EQ(PresentedKey().fault(), KeyFault::missing);
    EXPECT_EQ(PresentedKey().key(), "");
    for (const std::string value :
         {"", " ", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer  \t",
          "Bearermmx-0123456789abcdef", "Bear", "Token x"}) {
        EXPECT_EQ(of_authorization(value).fault(), KeyFault::missing) << value;
    }
    EXPECT_EQ(of_x_api_key(" ").fault(), KeyFault::missing);
}

TEST(PresentedKey, MalformedKeys)
{
    for (const std::string& value :
         {"mmx-short"s, "sk-api-0123456789abcdef"s, key + " " + key, key + ",", "x" + key,
          "MMX-" + key.substr(4), "mmx-" + std::string(65, 'a'), key + std::string(1, '\0')}) {
        EXPECT_EQ(of_x_api_key(value).fault(), KeyFault::malformed) << value;
        EXPECT_EQ(of_authorization("Bearer " + value).fault(), KeyFault::malformed) << value;
    }
}

TEST(PresentedKey, HeadersThatAgreeAreOneKey)
{
    PresentedKey credential;
    credential.add_x_api_key(key);
    credential.add_authorization(bearer_key);
    EXPECT_EQ(credential.fault(), KeyFault::none);
    EXPECT_EQ(credential.key(), key);
}

TEST(PresentedKey, HeadersThatDisagreeAreMalformed)
{
    PresentedKey credential;
    credential.add_x_api_key(key);
    credential.add_authorization(bearer_other);
    EXPECT_EQ(credential.fault(), KeyFault::malformed);

    PresentedKey half;
    half.add_authorization("Bearer sk-something");
    half.add_x_api_key(key);
    EXPECT_EQ(half.fault(), KeyFault::malformed);
}

TEST(PresentedKey, AnotherSchemeBesideXApiKeyIsPassedOver)
{
    PresentedKey credential;
    credential.add_x_api_key(key);
    credential.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(credential.fault(), KeyFault::none);
    EXPECT_EQ(credential.key(), key);
}

TEST(PresentedKey, TheSameHeaderTwiceIsMalformedEvenWhenEqual)
{
    PresentedKey twice;
    twice.add_x_api_key(key);
    twice.add_x_api_key(key);
    EXPECT_EQ(twice.fault(), KeyFault::malformed);

    PresentedKey bearer_twice;
    bearer_twice.add_authorization(bearer_key);
    bearer_twice.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(bearer_twice.fault(), KeyFault::malformed);

    PresentedKey empty_first;
    empty_first.add_x_api_key("");
    empty_first.add_x_api_key(key);
    EXPECT_EQ(empty_first.fault(), KeyFault::malformed);
}

}  // namespace
}  // namespace mmx
