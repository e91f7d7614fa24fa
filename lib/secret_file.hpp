#pragma once

// What makes a file of secrets (the secret file, a Redis password file) acceptable, and what the
// secret file's bytes are. The programs open and stat it; this page says what they must find.
// Reading it is not done here.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/seal.hpp"

namespace mmx {

struct SecretFileStat {
    bool regular;
    std::uint32_t mode;   // permission bits, as in st_mode & 07777
    std::uint32_t owner;  // st_uid
    std::uint64_t size;   // bytes
};

// Empty when the file may be used, else what is wrong and what to do, in one English sentence
// without a full stop: mode other than 0600, 0400, 0640 or 0440; owner neither root nor reader;
// not a regular file. The size is not judged here.
std::string secret_file_fault(std::string_view path, const SecretFileStat& stat,
                              std::uint32_t reader);

// Bytes of a secret file that a deployment was moved to: the secret and the two keys behind it.
inline constexpr std::size_t moved_secret_size = 3 * secret_size;

// The secret, of a file with as many bytes as one has; else nothing.
std::optional<Secret> parse_secret(std::string_view bytes);

}  // namespace mmx
