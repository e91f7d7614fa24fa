#pragma once

// Files of secrets, and what is derived from the secret file. Nothing here prints a secret, and
// what is read is overwritten when it is no longer needed.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/api_key.hpp"
#include "lib/seal.hpp"

namespace mmx::admin {

inline constexpr std::size_t password_length_max = 512;  // bytes in a Redis password file
inline constexpr std::size_t master_key_length_max = 4096;

// The keys derived from the secret file, one for each purpose.
class Secrets {
public:
    // Reads the file; throws Error{secret_file} that says what is wrong and what to do.
    static Secrets load(const std::string& path);

    explicit Secrets(const Secret& secret);
    ~Secrets();
    Secrets(const Secrets&) = delete;
    Secrets& operator=(const Secrets&) = delete;

    KeyId id(std::string_view api_key) const noexcept;

    // Each throws Error{sealed_value} when the value does not open.
    std::string seal_master(std::string_view master) const;
    std::string open_master(std::string_view sealed) const;
    std::string seal_key(const KeyId& id, std::string_view api_key) const;
    std::string open_key(const KeyId& id, std::string_view sealed) const;

    // A value that only opens under this secret, so that another secret file is noticed.
    std::string seal_check() const;
    bool opens_check(std::string_view sealed) const;

    const SubKey& audit() const noexcept { return audit_; }
    const SubKey& csrf() const noexcept { return csrf_; }

private:
    SubKey id_, master_, key_, check_, audit_, csrf_;
};

bool secret_file_exists(const std::string& path);

// Makes the secret file, mode 0600, or 0640 of that group when one is named. False when there is
// one already, which is then left as it is but for the group and its mode.
bool make_secret_file(const std::string& path, const std::string& group);

// The first line of a Redis password file, under the same rules as the secret file.
std::string read_password_file(const std::string& path);

// Throws Error{secret_file} when others than its owner and group may touch the file.
void require_guarded_file(const std::string& path);

void fill_random(std::span<std::uint8_t> bytes);  // from the system's CSPRNG

// All of standard input without one closing newline, at most max bytes. At a terminal it asks
// with the prompt and does not show what is typed.
std::string read_secret_from_stdin(const std::string& prompt, std::size_t max);

// Empty when text may be a master key, else what is wrong with it, without a full stop.
std::string master_key_fault(std::string_view text);

// What people may see of the master key.
std::string master_key_hint(std::string_view master);

// No core dump, and no other process of the user may read our memory.
void harden_process() noexcept;

}  // namespace mmx::admin
