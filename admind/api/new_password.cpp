#include "api/new_password.hpp"

#include "auth/common_passwords.hpp"
#include "base/error.hpp"

namespace mmx::admin {

std::optional<NewPassword> NewPassword::read(Call& call, std::string_view member,
                                             std::string_view account)
{
    auto text = call.body().secret(member, password_length);
    if (!text) {
        return std::nullopt;
    }
    NewPassword password(std::move(*text));
    const std::string fault = password_fault(password.text_.view(), account);
    if (fault == common_password_fault) {
        throw Error(ErrorCode::common_password, fault, std::string(member));
    }
    if (!fault.empty()) {
        refuse_field(member, fault);
    }
    return password;
}

NewPassword NewPassword::required(Call& call, std::string_view member, std::string_view account)
{
    auto password = read(call, member, account);
    if (!password) {
        refuse_field(member, "is missing");
    }
    return std::move(*password);
}

std::string NewPassword::hash(Call& call) const
{
    call.release_redis();
    return call.daemon().hasher.hash(text_.view());
}

bool keep_tokens_member(Call& call)
{
    return call.body().flag("keep_tokens").value_or(false);
}

}  // namespace mmx::admin
