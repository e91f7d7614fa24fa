#include "lib/presented_key.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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
    EXPECT_EQ(PresentedKey().explanation(false), "");
    for (const std::string value :
         {"", " ", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "Bearer  \t", "Bear", "Token x"}) {
        EXPECT_EQ(of_authorization(value).fault(), KeyFault::missing) << value;
    }
    EXPECT_EQ(of_x_api_key(" ").fault(), KeyFault::missing);
}

TEST(PresentedKey, WhatIsWrongWithAKeyIsTold)
{
    const std::vector<std::pair<std::string, KeyFault>> texts = {
        {"mmx-short", KeyFault::malformed},
        {"mmx-" + std::string(65, 'a'), KeyFault::malformed},
        {key + ",", KeyFault::malformed},
        {"x" + key, KeyFault::malformed},
        {"sk-api-0123456789abcdef", KeyFault::foreign},
        {"MMX-" + key.substr(4), KeyFault::foreign},
        {"\"" + key + "\"", KeyFault::quoted},
        {"'" + key + "'", KeyFault::quoted},
        {"“" + key + "”", KeyFault::quoted},
        {key + " " + key, KeyFault::invisible},
        {"\u200b" + key, KeyFault::invisible},
        {key + "\u00a0", KeyFault::invisible},
        {key + std::string(1, '\0'), KeyFault::invisible},
        {"\ufeff" + key, KeyFault::invisible},
    };
    for (const auto& [text, fault] : texts) {
        EXPECT_EQ(of_x_api_key(text).fault(), fault) << text;
        EXPECT_EQ(of_authorization("Bearer " + text).fault(), fault) << text;
        EXPECT_NE(of_x_api_key(text).explanation(false).find("X-Api-Key"), std::string::npos);
        EXPECT_NE(of_authorization("Bearer " + text).explanation(true).find("Authorization"),
                  std::string::npos);
    }
}

TEST(PresentedKey, AHeaderThatIsSpelledOtherwiseIsNamed)
{
    for (const std::string& without : {key, "Bearer" + key, "bearer\t" + key, "Bearer:" + key}) {
        EXPECT_EQ(of_authorization(without).fault(), KeyFault::no_bearer) << without;
    }
    EXPECT_EQ(of_authorization("\"" + key + "\"").fault(), KeyFault::quoted);
    EXPECT_EQ(of_authorization("Bearer Bearer " + key).fault(), KeyFault::doubled_bearer);
    EXPECT_EQ(of_authorization("Bearer bearer " + key).fault(), KeyFault::doubled_bearer);
    EXPECT_EQ(of_x_api_key("Bearer " + key).fault(), KeyFault::needless_bearer);
    PresentedKey azure;
    azure.add_api_key(key);
    EXPECT_EQ(azure.fault(), KeyFault::misplaced);
    EXPECT_NE(azure.explanation(false).find("Api-Key"), std::string::npos);
    PresentedKey stranger;
    stranger.add_api_key("0123456789abcdef");
    EXPECT_EQ(stranger.fault(), KeyFault::missing);
}

TEST(PresentedKey, ForeignCredentialsBesideAGoodKeyArePassedOver)
{
    for (const std::string& foreign :
         {"sk-something"s, "mmx-short"s, "\""s + key.substr(0, 8) + "\""s, "sk-ant-api03-x"s}) {
        PresentedKey credential;
        credential.add_authorization("Bearer " + foreign);
        credential.add_x_api_key(key);
        EXPECT_EQ(credential.fault(), KeyFault::none) << foreign;
        EXPECT_EQ(credential.key(), key);
        PresentedKey turned;
        turned.add_x_api_key(foreign);
        turned.add_authorization(bearer_key);
        EXPECT_EQ(turned.fault(), KeyFault::none) << foreign;
        EXPECT_EQ(turned.key(), key);
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

TEST(PresentedKey, TwoKeysOfOursAreOneTooMany)
{
    PresentedKey credential;
    credential.add_x_api_key(key);
    credential.add_authorization(bearer_other);
    EXPECT_EQ(credential.fault(), KeyFault::different);
}

TEST(PresentedKey, AnotherSchemeBesideXApiKeyIsPassedOver)
{
    PresentedKey credential;
    credential.add_x_api_key(key);
    credential.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(credential.fault(), KeyFault::none);
    EXPECT_EQ(credential.key(), key);
}

TEST(PresentedKey, TheSameHeaderTwiceIsAFaultEvenWhenEqual)
{
    PresentedKey twice;
    twice.add_x_api_key(key);
    twice.add_x_api_key(key);
    EXPECT_EQ(twice.fault(), KeyFault::repeated);

    PresentedKey bearer_twice;
    bearer_twice.add_authorization(bearer_key);
    bearer_twice.add_authorization("Basic dXNlcjpwYXNz");
    EXPECT_EQ(bearer_twice.fault(), KeyFault::repeated);

    PresentedKey empty_first;
    empty_first.add_x_api_key("");
    empty_first.add_x_api_key(key);
    EXPECT_EQ(empty_first.fault(), KeyFault::repeated);
}

}  // namespace
}  // namespace mmx
