#include "lib/api_key.hpp"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <unordered_set>

namespace mmx {
namespace {

const std::string key_of_32 = "mmx-3fA9aaaaaaaaaaaaaaaaaaaaaaaax2Qk";

// What a key id must be, by OpenSSL's own HMAC.
std::string expected_id(const SubKey& secret, std::string_view key)
{
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac;
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const std::uint8_t*>(key.data()), key.size(), mac.data(), &size);
    std::string hex;
    for (std::size_t i = 0; i < 16; ++i) {
        std::array<char, 3> two;
        std::snprintf(two.data(), two.size(), "%02x", mac[i]);
        hex += two.data();
    }
    return hex;
}

TEST(ApiKey, WellFormedFrom16To64Characters)
{
    for (std::size_t length = 0; length <= 80; ++length) {
        const std::string key = "mmx-" + std::string(length, 'a');
        EXPECT_EQ(is_well_formed_api_key(key), length >= 16 && length <= 64) << length;
    }
}

TEST(ApiKey, WellFormedOfLettersAndDigitsOnly)
{
    for (int c = 0; c < 256; ++c) {
        const auto byte = static_cast<char>(c);
        const bool expected =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        for (const std::size_t at : {0, 7, 15}) {
            std::string random(16, 'z');
            random[at] = byte;
            EXPECT_EQ(is_well_formed_api_key("mmx-" + random), expected) << c << " at " << at;
        }
    }
}

TEST(ApiKey, AnotherPrefixIsNotWellFormed)
{
    const std::string random(32, 'a');
    for (const std::string prefix : {"", "mm", "mmx", "MMX-", "sk-", "mmx_", " mmx-", "mmx--"}) {
        EXPECT_FALSE(is_well_formed_api_key(prefix + random)) << prefix;
    }
    EXPECT_FALSE(is_well_formed_api_key(""));
    EXPECT_FALSE(is_well_formed_api_key("mmx-"));
}

TEST(KeyId, ParsesLowerCaseHexOfTheRightLength)
{
    const std::string hex = "0123456789abcdef0123456789abcdef";
    ASSERT_TRUE(KeyId::parse(hex));
    EXPECT_EQ(KeyId::parse(hex)->view(), hex);
    EXPECT_FALSE(KeyId::parse(""));
    EXPECT_FALSE(KeyId::parse(hex.substr(1)));
    EXPECT_FALSE(KeyId::parse(hex + "0"));
    for (int c = 0; c < 256; ++c) {
        std::string text = hex;
        text[31] = static_cast<char>(c);
        const bool expected = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        EXPECT_EQ(KeyId::parse(text).has_value(), expected) << c;
    }
}

TEST(KeyHasher, EqualsHmacSha256ForEveryLengthAroundTheBlocks)
{
    for (const std::uint8_t seed : {0, 1, 0x36, 0x5c, 255}) {
        SubKey secret;
        for (std::size_t i = 0; i < secret.size(); ++i) {
            secret[i] = static_cast<std::uint8_t>(seed + 7 * i);
        }
        const KeyHasher hasher(secret);
        for (std::size_t length = 0; length <= 200; ++length) {
            std::string key(length, '\0');
            for (std::size_t i = 0; i < length; ++i) {
                key[i] = static_cast<char>(i * 31 + length);
            }
            EXPECT_EQ(hasher.id(key).view(), expected_id(secret, key)) << length;
        }
    }
}

TEST(KeyHasher, KeysOfDifferentSecretsHaveDifferentIds)
{
    SubKey a{}, b{};
    b[31] = 1;
    EXPECT_NE(KeyHasher(a).id(key_of_32), KeyHasher(b).id(key_of_32));
    EXPECT_EQ(KeyHasher(a).id(key_of_32), KeyHasher(a).id(key_of_32));
}

TEST(KeyHasher, WipesItsStatesWhenItGoes)
{
    SubKey secret;
    secret.fill(0x77);
    alignas(KeyHasher) std::array<unsigned char, sizeof(KeyHasher)> storage{};
    auto* hasher = new (storage.data()) KeyHasher(secret);
    const std::array<unsigned char, sizeof(KeyHasher)> clean{};
    EXPECT_NE(storage, clean);
    hasher->~KeyHasher();
    EXPECT_EQ(storage, clean);
}

TEST(MakeApiKey, IsWellFormedAndOf32Characters)
{
    std::uint8_t next = 0;
    const auto fill = [&](std::span<std::uint8_t> bytes) {
        for (auto& byte : bytes) {
            byte = next++;
        }
    };
    std::set<std::string> keys;
    for (int i = 0; i < 3; ++i) {
        const std::string key = make_api_key(fill);
        EXPECT_EQ(key.size(), 36U);
        EXPECT_TRUE(is_well_formed_api_key(key));
        keys.insert(key);
    }
    EXPECT_EQ(keys.size(), 3U);
}

// Of the 256 values of a byte, as many stand for one character as for any other; the rest are
// thrown away, and a source that gives nothing else is broken.
TEST(MakeApiKey, FavoursNoCharacter)
{
    std::map<std::string, int> values_of;
    int thrown_away = 0;
    for (int value = 0; value < 256; ++value) {
        const auto fill = [&](std::span<std::uint8_t> bytes) {
            std::fill(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(value));
        };
        try {
            ++values_of[make_api_key(fill)];
        } catch (const std::runtime_error&) {
            ++thrown_away;
        }
    }
    EXPECT_EQ(thrown_away, 8);
    ASSERT_EQ(values_of.size(), 62U);
    for (const auto& [key, values] : values_of) {
        EXPECT_EQ(values, 4) << key;
    }
}

TEST(MakeApiKey, AsksAgainWhenTooManyBytesWereThrownAway)
{
    int calls = 0;
    const auto fill = [&](std::span<std::uint8_t> bytes) {
        std::fill(bytes.begin(), bytes.end(), std::uint8_t{255});
        bytes[0] = static_cast<std::uint8_t>(calls++);
        bytes[1] = bytes[2] = bytes[3] = bytes[0];
    };
    EXPECT_EQ(make_api_key(fill), "mmx-00001111222233334444555566667777");
    EXPECT_EQ(calls, 8);
}

TEST(ApiKeyHint, ShowsFourCharactersOfEachEnd)
{
    EXPECT_EQ(api_key_hint(key_of_32), "mmx-3fA9\u2026x2Qk");
    EXPECT_EQ(api_key_hint("mmx-0123456789abcdef"), "mmx-0123\u2026cdef");
}

TEST(ApiKeyHint, ShowsNothingOfWhatIsNotAKey)
{
    for (const char* text : {"", "mmx-", "mmx-short", "sk-api-0123456789abcdef0123456789"}) {
        EXPECT_EQ(api_key_hint(text), "mmx-\u2026") << text;
    }
}

TEST(KeyId, WorksAsAKeyOfAHashTable)
{
    std::unordered_set<KeyId> ids;
    SubKey secret{};
    const KeyHasher hasher(secret);
    for (int i = 0; i < 1000; ++i) {
        ids.insert(hasher.id(std::to_string(i)));
    }
    EXPECT_EQ(ids.size(), 1000U);
    EXPECT_TRUE(ids.contains(hasher.id("999")));
    EXPECT_FALSE(ids.contains(hasher.id("1000")));
}

}  // namespace
}  // namespace mmx
