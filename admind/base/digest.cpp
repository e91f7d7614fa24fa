#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.hpp"
#include "host/random.hpp"
#include "lib/encoding.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t public_id_length = 16;

}  // namespace

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

SecretText random_hex(std::size_t bytes)
{
    SecretText text;
    for (SecretBytes<32> random; text.size() < 2 * bytes;) {
        const std::span taken(random.data(), std::min(random.size(), bytes - text.size() / 2));
        fill_random(taken);
        std::string digits = to_hex(taken);
        const WipedAtEnd wiped(digits);
        text.append(digits);
    }
    return text;
}

SecretText random_alphanumeric(std::size_t characters)
{
    // Bytes from the last multiple of 62 on are thrown away: they would favour some characters.
    constexpr std::size_t usable = 256 - 256 % alphabet.size();
    SecretText text;
    SecretBytes<64> random;
    while (text.size() < characters) {
        fill_random(random);
        for (const std::uint8_t byte : random) {
            if (byte < usable && text.size() < characters) {
                text.append(alphabet.substr(byte % alphabet.size(), 1));
            }
        }
    }
    return text;
}

std::string public_id(std::string_view hash)
{
    return sha256_hex(hash).substr(0, public_id_length);
}

}  // namespace mmx::admin
