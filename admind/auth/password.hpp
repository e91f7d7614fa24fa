#pragma once

// Passwords: which are good enough, and their scrypt hashes (RFC 7914, r=8, p=1) as PHC strings:
// `$scrypt$ln=17,r=8,p=1$<salt>$<hash>`.
//
// One hasher serves the whole process, from any thread. A hash takes 128 * 8 * 2^cost bytes (128
// MiB at 17) and some tenths of a second; see hash_places.hpp for who may compute one.

#include <cstddef>
#include <string>
#include <string_view>

#include "auth/hash_places.hpp"

namespace mmx::admin {

inline constexpr int password_cost_min = 14, password_cost_max = 20;  // the logarithm of N
inline constexpr int password_cost_default = 17;
inline constexpr std::size_t password_characters_min = 12;
inline constexpr std::size_t password_size_max = 1024;  // bytes

// Empty when an account of that name may have the password, else what is wrong with it, as a
// sentence that begins with "the password". Never holds the password.
std::string password_fault(std::string_view password, std::string_view name);

class PasswordHasher {
public:
    explicit PasswordHasher(int cost);

    // For somebody who has proved who they are. Throws Error{too_many_requests} when more wait than
    // the bound, or for too long.
    std::string hash(std::string_view password);

    // Takes the time of a hash whatever is stored, also when nothing is: an unknown account answers
    // as slowly as a known one. Throws as hash() does.
    bool verify(std::string_view password, std::string_view stored, Standing standing,
                std::string_view name);

    // Whether a hash was made at a lower cost than new ones are.
    bool is_outdated(std::string_view stored) const;

private:
    const int cost_;
    const std::string decoy_;  // what is verified where there is no account
    HashPlaces places_;
};

}  // namespace mmx::admin
