#pragma once

// A gateway key as a client sends it, and the key id that stands for it everywhere else.
//
// The key itself is a secret: nothing here copies it, and only its id or its hint may be logged.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/seal.hpp"

namespace mmx {

inline constexpr std::string_view api_key_prefix = "mmx-";
inline constexpr std::size_t api_key_random_min = 16;  // characters behind the prefix
inline constexpr std::size_t api_key_random_max = 64;
inline constexpr std::size_t api_key_random_new = 32;  // 190 bits

// True for `mmx-` and 16 to 64 characters of [A-Za-z0-9]. Says nothing of whether the key exists.
bool is_well_formed_api_key(std::string_view key) noexcept;

// 32 lower-case hex digits: HMAC-SHA256(id secret, gateway key), the first 16 bytes. Safe to log.
struct KeyId {
    std::array<char, 32> hex;

    std::string_view view() const noexcept { return {hex.data(), hex.size()}; }
    friend bool operator==(const KeyId&, const KeyId&) = default;

    // The id spelled by 32 lower-case hex digits, or nothing.
    static std::optional<KeyId> parse(std::string_view text) noexcept;
};

// Derives key ids. Holds the HMAC's two padded states, so an id costs two SHA-256 blocks or three.
class KeyHasher {
public:
    explicit KeyHasher(const SubKey& id_secret) noexcept;
    ~KeyHasher();  // wipes the states

    KeyId id(std::string_view key) const noexcept;

private:
    // SHA-256's chaining values after the block of the padded secret.
    std::array<std::uint32_t, 8> inner_, outer_;
};

// A new gateway key. fill_random fills the span from a CSPRNG; it may be called again. Throws
// std::runtime_error when what it gives cannot be random.
std::string make_api_key(const std::function<void(std::span<std::uint8_t>)>& fill_random);

// What people may see of a key: `mmx-3fA9…x2Qk`, the first and last four characters of the random
// part (`…` is U+2026). Of a text that is not a well-formed key nothing is shown: `mmx-…`.
std::string api_key_hint(std::string_view key);

}  // namespace mmx

template <>
struct std::hash<mmx::KeyId> {
    // The id is an HMAC, so its first digits are already as good as a hash.
    std::size_t operator()(const mmx::KeyId& id) const noexcept
    {
        return std::hash<std::string_view>{}(id.view().substr(0, 16));
    }
};
