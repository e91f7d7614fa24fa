#pragma once

// Sealed values: AES-256-GCM under a key derived from the secret file, bound to the Redis field
// they are stored in, so that a value moved to another field does not open.
//
// Every function reports failure by an empty optional; none throws but bad_alloc.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mmx {

inline constexpr std::size_t secret_size = 32;      // bytes of the secret in its file
inline constexpr std::size_t seal_nonce_size = 12;  // bytes; NIST SP 800-38D, 8.2

// Overwrites the bytes in a way the compiler keeps; a text is empty after it.
void wipe(std::string& text) noexcept;
void wipe(std::span<std::uint8_t> bytes) noexcept;

// Bytes of a key, wiped when they go.
template <std::size_t Size>
struct SecretBytes : std::array<std::uint8_t, Size> {
    ~SecretBytes() { wipe(*this); }
};

using SubKey = SecretBytes<32>;  // derived for one purpose

// The secret file's content.
struct Secret : SecretBytes<secret_size> {
    // Of a deployment that was moved here from another secret file: the keys of purpose_id and
    // purpose_name that its names have been made with from the start, since nobody keeps all the
    // texts that they name. Nothing: they are derived, as all others are.
    std::optional<SubKey> id, name;
};
using SealNonce = std::array<std::uint8_t, seal_nonce_size>;

// The purposes, which are HKDF's info strings. One key never serves two of them.
inline constexpr std::string_view purpose_id = "id";          // gateway key -> key id
inline constexpr std::string_view purpose_master = "master";  // seals the master key
inline constexpr std::string_view purpose_key = "key";        // seals gateway keys for `reveal`
inline constexpr std::string_view purpose_check = "check";    // tells one secret file from another
inline constexpr std::string_view purpose_audit = "audit";    // keys the audit trail's hash chain
inline constexpr std::string_view purpose_csrf = "csrf";      // binds CSRF tokens to sessions
inline constexpr std::string_view purpose_record = "record";  // seals rights, the trail's head
inline constexpr std::string_view purpose_name = "name";      // names sessions and API tokens

// HKDF-SHA256 (RFC 5869), no salt; or the key that the secret brings along for that purpose.
std::optional<SubKey> derive(const Secret& secret, std::string_view purpose);

// `v1.` and base64url, unpadded, of nonce, ciphertext and tag. field is the associated data: the
// Redis name and field, `mmx:settings/master` or `mmx:{<id>}:about/sealed`. The nonce must be
// random and fresh for every call.
std::optional<std::string> seal(const SubKey& key, std::string_view plaintext,
                                std::string_view field, const SealNonce& nonce);

// The plaintext, or nothing when the value was cut, altered, moved or sealed under another key.
std::optional<std::string> unseal(const SubKey& key, std::string_view sealed,
                                  std::string_view field);

}  // namespace mmx
