#include "lib/api_key.hpp"

// The EVP interface allocates and looks its algorithm up for each HMAC; an id is wanted once per
// request, so this file uses the block functions below it, which OpenSSL 3 keeps but deprecates.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

#include "lib/encoding.hpp"

namespace mmx {
namespace {

constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// By a character's value. Comparing instead took three times as long, for every request.
constexpr std::array<bool, 256> in_alphabet = [] {
    std::array<bool, 256> table{};
    for (const char c : alphabet) {
        table[static_cast<std::uint8_t>(c)] = true;
    }
    return table;
}();

using Chain = std::array<std::uint32_t, 8>;

// SHA-256's chaining value after one block of secret XOR pad (RFC 2104).
Chain padded_state(const SubKey& secret, std::uint8_t pad) noexcept
{
    static_assert(sizeof(SubKey) <= SHA256_CBLOCK);
    std::array<std::uint8_t, SHA256_CBLOCK> block;
    block.fill(pad);
    for (std::size_t i = 0; i < secret.size(); ++i) {
        block[i] ^= secret[i];
    }
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block.data(), block.size());
    Chain chain;
    std::copy(std::begin(context.h), std::end(context.h), chain.begin());
    OPENSSL_cleanse(&context, sizeof(context));
    OPENSSL_cleanse(block.data(), block.size());
    return chain;
}

// SHA-256 of (the block behind chain, then data).
void finish(const Chain& chain, std::span<const std::uint8_t> data,
            std::span<std::uint8_t, SHA256_DIGEST_LENGTH> digest) noexcept
{
    SHA256_CTX context{};
    std::copy(chain.begin(), chain.end(), std::begin(context.h));
    context.Nl = SHA256_CBLOCK * 8;  // bits hashed so far
    context.md_len = SHA256_DIGEST_LENGTH;
    SHA256_Update(&context, data.data(), data.size());
    SHA256_Final(digest.data(), &context);  // wipes the part of data it buffered
}

}  // namespace

bool is_well_formed_api_key(std::string_view key) noexcept
{
    if (!key.starts_with(api_key_prefix)) {
        return false;
    }
    const std::string_view random = key.substr(api_key_prefix.size());
    return random.size() >= api_key_random_min && random.size() <= api_key_random_max &&
           std::all_of(random.begin(), random.end(),
                       [](char c) { return in_alphabet[static_cast<std::uint8_t>(c)]; });
}

std::optional<KeyId> KeyId::parse(std::string_view text) noexcept
{
    KeyId id;
    if (text.size() != id.hex.size() || !is_hex(text)) {
        return std::nullopt;
    }
    text.copy(id.hex.data(), id.hex.size());
    return id;
}

KeyHasher::KeyHasher(const SubKey& id_secret) noexcept
    : inner_(padded_state(id_secret, 0x36)), outer_(padded_state(id_secret, 0x5c))
{
}

KeyHasher::~KeyHasher()
{
    OPENSSL_cleanse(inner_.data(), sizeof(inner_));
    OPENSSL_cleanse(outer_.data(), sizeof(outer_));
}

KeyId KeyHasher::id(std::string_view key) const noexcept
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    finish(inner_, {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, digest);
    finish(outer_, digest, digest);

    KeyId id;
    for (std::size_t i = 0; i < id.hex.size(); i += 2) {
        id.hex[i] = hex_digits[digest[i / 2] >> 4];
        id.hex[i + 1] = hex_digits[digest[i / 2] & 15];
    }
    return id;
}

std::string make_api_key(const std::function<void(std::span<std::uint8_t>)>& fill_random)
{
    // Bytes from the last multiple of 62 on are thrown away: they would favour some characters.
    constexpr std::size_t usable = 256 - 256 % alphabet.size();
    constexpr int rounds_max = 16;  // a second round is rare; a sixteenth means no randomness

    std::string key;
    key.reserve(api_key_prefix.size() + api_key_random_new);  // never copied, so wiped at one place
    key = api_key_prefix;
    std::array<std::uint8_t, 2 * api_key_random_new> bytes;
    const std::size_t full = api_key_prefix.size() + api_key_random_new;
    for (int round = 0; key.size() < full && round < rounds_max; ++round) {
        fill_random(bytes);
        for (std::size_t i = 0; i < bytes.size() && key.size() < full; ++i) {
            if (bytes[i] < usable) {
                key += alphabet[bytes[i] % alphabet.size()];
            }
        }
    }
    wipe(bytes);
    if (key.size() < full) {
        throw std::runtime_error("the source of random bytes is broken");
    }
    return key;
}

std::string api_key_hint(std::string_view key)
{
    constexpr std::size_t shown = 4;
    constexpr std::string_view ellipsis = "\u2026";
    std::string hint(api_key_prefix);
    if (!is_well_formed_api_key(key)) {
        return hint.append(ellipsis);
    }
    hint.append(key.substr(api_key_prefix.size(), shown));
    return hint.append(ellipsis).append(key.substr(key.size() - shown));
}

}  // namespace mmx
