#include "authentication.hpp"

#include "error.hpp"

namespace mmx {

std::optional<Principal> find_session(Call& /*call*/, std::string_view /*cookie*/)
{
    return std::nullopt;
}

std::optional<Principal> find_token(Call& /*call*/, std::string_view /*token*/)
{
    return std::nullopt;
}

void confirm_password(Call& /*call*/, std::string_view /*password*/)
{
    throw Error(ErrorCode::invalid_credentials, "the password is wrong", "password");
}

}  // namespace mmx
