#pragma once

// Passwords that are guessed first: the most common ones of 12 characters and more, and some that
// Chinese speakers choose. The list is made at build time of two npm packages, with the console
// (scripts/common-passwords.mjs there), and embedded as sorted 48-bit beginnings of SHA-256: a
// password that is not on it is taken for one that is in one of 5 billion cases.
//
// Letters are compared without their case, and full-width forms are their plain ones (Unicode's
// NFKC with case folding).

#include <cstddef>
#include <string_view>

namespace mmx::admin {

inline constexpr std::string_view common_password_fault =
    "the password is one of the most common ones, which are guessed first: choose another";

bool is_common_password(std::string_view password);

// How many the embedded list holds; none in a build without the console.
std::size_t common_passwords_count() noexcept;

}  // namespace mmx::admin
