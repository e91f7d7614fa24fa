#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <vector>

#include "base/error.hpp"
#include "base/secrets.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t public_id_length = 16;

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string sha256_hex(std::string_view text)
{
    std::array<std::uint8_t, 32> hash{};
    if (EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw Error(ErrorCode::internal, "cannot compute a hash");
    }
    return to_hex(hash);
}

std::string hmac_sha256_hex(const SubKey& key, std::string_view text)
{
    std::array<std::uint8_t, 32> hash{};
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(),
             nullptr) == nullptr) {
        throw Error(ErrorCode::internal, "cannot compute a hash");
    }
    return to_hex(hash);
}

std::string random_hex(std::size_t bytes)
{
    std::vector<std::uint8_t> random(bytes);
    fill_random(random);
    std::string text = to_hex(random);
    wipe(random);
    return text;
}

std::string random_alphanumeric(std::size_t characters)
{
    // Bytes from the last multiple of 62 on are thrown away: they would favour some characters.
    constexpr std::size_t usable = 256 - 256 % alphabet.size();
    std::string text;
    text.reserve(characters);
    std::array<std::uint8_t, 64> random{};
    while (text.size() < characters) {
        fill_random(random);
        for (const std::uint8_t byte : random) {
            if (byte < usable && text.size() < characters) {
                text += alphabet[byte % alphabet.size()];
            }
        }
    }
    wipe(random);
    return text;
}

std::string public_id(std::string_view hash)
{
    return sha256_hex(hash).substr(0, public_id_length);
}

}  // namespace mmx::admin
