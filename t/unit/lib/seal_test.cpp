#include "lib/seal.hpp"

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <set>

namespace mmx {
namespace {

constexpr std::string_view field = "mmx:settings/master";

SubKey key_of(std::uint8_t seed)
{
    SubKey key;
    key.fill(seed);
    return key;
}

SealNonce nonce_of(std::uint8_t seed)
{
    SealNonce nonce;
    nonce.fill(seed);
    return nonce;
}

std::string hmac(std::string_view key, std::string_view data)
{
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac;
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), mac.data(), &size);
    return {reinterpret_cast<const char*>(mac.data()), size};
}

TEST(Derive, IsHkdfOfRfc5869WithoutSalt)
{
    Secret secret;
    for (std::size_t i = 0; i < secret.size(); ++i) {
        secret[i] = static_cast<std::uint8_t>(i);
    }
    const std::string extracted =
        hmac(std::string(32, '\0'), {reinterpret_cast<const char*>(secret.data()), secret.size()});
    for (const std::string_view purpose : {purpose_id, purpose_master, purpose_key}) {
        const std::string expected = hmac(extracted, std::string(purpose) + '\x01');
        const auto derived = derive(secret, purpose);
        ASSERT_TRUE(derived);
        EXPECT_EQ(std::string(derived->begin(), derived->end()), expected) << purpose;
    }
}

TEST(Derive, PurposesAndSecretsDoNotShareKeys)
{
    Secret a{}, b{};
    b[0] = 1;
    std::set<SubKey> keys;
    for (const Secret& secret : {a, b}) {
        for (const std::string_view purpose : {purpose_id, purpose_master, purpose_key}) {
            keys.insert(derive(secret, purpose).value());
        }
    }
    EXPECT_EQ(keys.size(), 6U);
}

TEST(Derive, NamesOfAMovedDeploymentComeAlongAndNothingElse)
{
    Secret own{}, moved{};
    moved.id = key_of(1);
    moved.name = key_of(2);
    EXPECT_EQ(derive(moved, purpose_id), key_of(1));
    EXPECT_EQ(derive(moved, purpose_name), key_of(2));
    for (const std::string_view purpose : {purpose_master, purpose_key, purpose_check,
                                           purpose_audit, purpose_csrf, purpose_record}) {
        EXPECT_EQ(derive(moved, purpose), derive(own, purpose)) << purpose;
    }
}

TEST(Seal, OpensToWhatWasSealedForEveryLength)
{
    for (std::size_t length = 0; length < 70; ++length) {
        std::string plaintext;
        for (std::size_t i = 0; i < length; ++i) {
            plaintext += static_cast<char>(i * 37);
        }
        const auto sealed = seal(key_of(1), plaintext, field, nonce_of(2));
        ASSERT_TRUE(sealed);
        EXPECT_TRUE(sealed->starts_with("v1."));
        EXPECT_EQ(sealed->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789-_",
                                            3),
                  std::string::npos);
        EXPECT_EQ(sealed->size(), 3 + ((12 + length + 16) * 4 + 2) / 3);
        EXPECT_EQ(unseal(key_of(1), *sealed, field), plaintext);
    }
}

// Made by another implementation (Python's cryptography); stored values must stay readable.
TEST(Seal, FormatIsStable)
{
    EXPECT_EQ(seal(key_of(1), "sk-api-test", field, nonce_of(2)),
              "v1.AgICAgICAgICAgICdL3kKDo-7Im2v8jBxu1uIZ_xrDmEJyi0SCA0");
}

TEST(Seal, HidesThePlaintext)
{
    const std::string secret = "sk-api-0123456789";
    EXPECT_EQ(seal(key_of(1), secret, field, nonce_of(2))->find(secret), std::string::npos);
    EXPECT_NE(seal(key_of(1), secret, field, nonce_of(2)),
              seal(key_of(1), secret, field, nonce_of(3)));
}

TEST(Unseal, RefusesEveryFlippedBit)
{
    const std::string sealed = seal(key_of(1), "sk-api-0123456789", field, nonce_of(2)).value();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string altered = sealed;
            altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
            EXPECT_FALSE(unseal(key_of(1), altered, field)) << i << " bit " << bit;
        }
    }
}

// Base64's last character may hold bits that stand for nothing; they must be zero.
TEST(Unseal, RefusesASecondSpellingOfTheSameBytes)
{
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const std::string_view plaintext : {"", "a", "ab"}) {
        const std::string sealed = seal(key_of(1), plaintext, field, nonce_of(2)).value();
        int opening = 0;
        for (const char c : alphabet) {
            std::string altered = sealed;
            altered.back() = c;
            opening += unseal(key_of(1), altered, field).has_value();
        }
        EXPECT_EQ(opening, 1) << plaintext;
    }
}

TEST(Unseal, RefusesTextCutOrLengthened)
{
    const std::string sealed = seal(key_of(1), "sk-api-0123456789", field, nonce_of(2)).value();
    for (std::size_t length = 0; length < sealed.size(); ++length) {
        EXPECT_FALSE(unseal(key_of(1), sealed.substr(0, length), field)) << length;
        EXPECT_FALSE(unseal(key_of(1), sealed.substr(sealed.size() - length), field)) << length;
    }
    for (const std::string tail : {"A", "AA", "AAA", "AAAA", "=", "\n", " "}) {
        EXPECT_FALSE(unseal(key_of(1), sealed + tail, field)) << tail;
    }
}

TEST(Unseal, RefusesAnotherFieldOrKey)
{
    const std::string sealed = seal(key_of(1), "sk-api-0123456789", field, nonce_of(2)).value();
    EXPECT_FALSE(unseal(key_of(1), sealed, "mmx:settings/maste"));
    EXPECT_FALSE(unseal(key_of(1), sealed, ""));
    EXPECT_FALSE(unseal(key_of(1), sealed, "mmx:{00000000000000000000000000000000}:about/sealed"));
    SubKey near = key_of(1);
    near[31] ^= 1;
    EXPECT_FALSE(unseal(near, sealed, field));
    EXPECT_TRUE(unseal(key_of(1), sealed, field));
}

TEST(Unseal, RefusesWhatIsNotSealed)
{
    for (const char* text :
         {"", "v1.", "v1", "v2.AAAA", "sk-api-0123456789", "v1.====", "v1.+/+/"}) {
        EXPECT_FALSE(unseal(key_of(1), text, field)) << text;
    }
}

TEST(Seal, RefusesWhatIsTooLongToBeASecret)
{
    const std::string longest(1 << 16, 'x');
    const auto sealed = seal(key_of(1), longest, field, nonce_of(2));
    ASSERT_TRUE(sealed);
    EXPECT_EQ(unseal(key_of(1), *sealed, field), longest);
    EXPECT_FALSE(seal(key_of(1), longest + "x", field, nonce_of(2)));
    EXPECT_FALSE(unseal(key_of(1), *sealed + "AAAA", field));
}

TEST(Wipe, LeavesNothingInTheTextsMemory)
{
    std::string text = "a secret of more than fifteen characters";
    const char* bytes = text.data();
    const std::size_t size = text.size();
    wipe(text);
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.data(), bytes);
    EXPECT_EQ(std::string(bytes, size), std::string(size, '\0'));

    std::array<std::uint8_t, 4> array = {1, 2, 3, 4};
    wipe(array);
    EXPECT_EQ(array, (std::array<std::uint8_t, 4>{}));
}

}  // namespace
}  // namespace mmx
