#pragma once

// The reader of files that hold secrets: the secret file, a file with Redis' password, a
// configuration file with a password in it. Each is opened once, judged by what was opened
// (lib/secret_file has the rules), and read no further than its bound.

#include <cstddef>
#include <string>

#include "host/secret_text.hpp"
#include "lib/result.hpp"
#include "lib/seal.hpp"

namespace mmx {

inline constexpr std::size_t redis_password_length_max = 512;  // bytes of a password file's line

// What is left of an open file, at most max bytes. name: what messages call it.
Result<SecretText> read_to_end(int file, const std::string& name, std::size_t max);

// All of the file, at most max bytes.
Result<SecretText> read_guarded_file(const std::string& path, std::size_t max);

// The secret file: exactly as many bytes as one has.
Result<Secret> read_secret_file(const std::string& path);

// The first line of a file with Redis' password, without what ends it: LF, CR LF or the file. What
// follows is a remark; the whole file has at most 4,096 bytes.
Result<SecretText> read_password_file(const std::string& path);

// Empty when the file may hold a secret, else what is wrong and what to do.
std::string guarded_file_fault(const std::string& path);

}  // namespace mmx
