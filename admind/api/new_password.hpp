#pragma once

// A password that somebody wants to have from now on, as a member of a body.

#include <optional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "auth/password.hpp"

namespace mmx::admin {

inline constexpr Bounds password_length{1, static_cast<std::int64_t>(password_size_max)};

class NewPassword {
public:
    // Reads the member; throws, with its name, Error{common_password} when the password is one that
    // is guessed first, and Error{invalid_argument} when an account of that name may not have it.
    static std::optional<NewPassword> read(Call& call, std::string_view member,
                                           std::string_view account);
    static NewPassword required(Call& call, std::string_view member, std::string_view account);

    // The call's connection is given back meanwhile.
    std::string hash(Call& call) const;

private:
    explicit NewPassword(SecretText text) : text_(std::move(text)) {}

    SecretText text_;
};

// What goes with a new password: whether the API tokens that the account made stay.
bool keep_tokens_member(Call& call);

}  // namespace mmx::admin
