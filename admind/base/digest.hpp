#pragma once

// Hashes and random text for secrets of our own: session ids, API tokens, set-up tokens. They have
// full entropy, so one SHA-256 keeps them: what Redis holds opens nothing.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "host/secret_text.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {

std::string sha256_hex(std::string_view text);                          // 64 digits
std::string hmac_sha256_hex(const SubKey& key, std::string_view text);  // 64 digits

// From the system's CSPRNG: lower-case hex digits of so many bytes; characters of [A-Za-z0-9].
SecretText random_hex(std::size_t bytes);
SecretText random_alphanumeric(std::size_t characters);

// What lists and addresses call a session or token by: 16 hex digits that lead back to nothing.
std::string public_id(std::string_view hash);

}  // namespace mmx::admin
