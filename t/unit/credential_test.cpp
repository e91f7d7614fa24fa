#include "credential.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mmx {
namespace {

using namespace std::string_literals;

const std::string key = "mmx-0123456789abcdef0123456789abcdef";
const std::string bearer_key = "Bearer " + key;
const std::string bearer_other = "Bearer mmx-ffffffffffffffffffffffffffffffff";

Credential of_authorization(std::string_view value)
{
    Credential credential;
    credential.add_authorization(value);
    return credential;
}

Credential of_x_api_key(std::string_view value)
{
    Credential credential;
    credential.add_x_api_key(value);
    return credential;
}

TEST(Credential, OfEitherHeader)
{
    EXPECT_EQ(of_x_api_key(key).fault(), CredentialFault::none);
    EXPECT_EQ(of_x_api_key(key).key(), key);
    EXPECT_EQ(of_authorization("Bearer " + key).fault(), CredentialFault::none);
    EXPECT_EQ(of_authorization("Bearer " + key).key(), key);
}

TEST(Credential, SchemeMayBeSpelledAnyWayAndSpacedAnyWay)
{
    for (const std::string prefix :
         {"bearer ", "BEARER ", "bEaReR ", "Bearer    ", "  Bearer ", "Bearer \t"}) {
        const std::string value = prefix + key + " \t";
        EXPECT_EQ(of_authorization(value).fault(), CredentialFault::none) << prefix;
        EXPECT_EQ(of_authorization(value).key(), key) << prefix;
    }
    const std::string spaced = " \t" + key + "  ";
    EXPECT_EQ(of_x_api_key(spaced).key(), key);
}

TEST(Credential, MissingWithoutAnyOfOurs)
{
    EXPECT_EQ(Credential().fault(), CredentialFault::missing);
    EXPECT_EQ(Credential().key(), "");
    for (const std::string value :
         {"", " ", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer  \t",
          "Bearermmx-0123456789abcdef", "Bear", "Token x"}) {
        EXPECT_EQ(of_authorization(value).fault(), CredentialFault::missing) << value;
    }
    EXPECT_EQ(of_x_api_key(" ").fault(), CredentialFault::missing);
}

TEST(Credential, MalformedKeys)
{
    for (const std::string& value :
         {"mmx-short"s, "sk-api-0123456789abcdef"s, key + " " + key, key + ",", "x" + key,
          "MMX-" + key.substr(4), "mmx-" + std::string(65, 'a'), key + std::string(1, '\0')}) {
        EXPECT_EQ(of_x_api_key(value).fault(), CredentialFault::malformed) << value;
        EXPECT_EQ(of_authorization("Bearer " + value).fault(), CredentialFault::malformed) << value;
    }
}

TEST(Credential, HeadersThatAgreeAreOneKey)
{
    Credential credential;
    credential.add_x_api_key(key);
    credential.add_authorization(bearer_key);
    EXPECT_EQ(credential.fault(), CredentialFault::none);
    EXPECT_EQ(credential.key(), key);
}

TEST(Credential, HeadersThatDisagreeAreMalformed)
{
    Credential credential;
    credential.add_x_api_key(key);
    credential.add_authorization(bearer_other);
    EXPECT_EQ(credential.fault(), CredentialFault::malformed);

    Credential half;
    half.add_authorization("Bearer sk-something");
    half.add_x_api_key(key);
    EXPECT_EQ(half.fault(), CredentialFault::malformed);
}

TEST(Credential, AnotherSchemeBesideXApiKeyIsPassedOver)
{
    Credential credential;
    credential.add_x_api_key(key);
    credential.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(credential.fault(), CredentialFault::none);
    EXPECT_EQ(credential.key(), key);
}

TEST(Credential, TheSameHeaderTwiceIsMalformedEvenWhenEqual)
{
    Credential twice;
    twice.add_x_api_key(key);
    twice.add_x_api_key(key);
    EXPECT_EQ(twice.fault(), CredentialFault::malformed);

    Credential bearer_twice;
    bearer_twice.add_authorization(bearer_key);
    bearer_twice.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(bearer_twice.fault(), CredentialFault::malformed);

    Credential empty_first;
    empty_first.add_x_api_key("");
    empty_first.add_x_api_key(key);
    EXPECT_EQ(empty_first.fault(), CredentialFault::malformed);
}

}  // namespace
}  // namespace mmx
