#include "api/users.hpp"

#include <nlohmann/json.hpp>

#include "api/entity_tag.hpp"
#include "api/new_password.hpp"
#include "auth/account_changes.hpp"
#include "auth/accounts.hpp"
#include "format/json_accounts.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds name_length{1, static_cast<std::int64_t>(account_name_length_max)};

std::optional<Role> role_member(Call& call)
{
    const auto choice = call.body().choice("role", role_names);
    return choice ? parse_role(role_names[*choice]) : std::nullopt;
}

Response user_response(Call& call, std::string_view name, int status)
{
    const Account account = Accounts(call.store()).require(name);
    Response response = json_response(user_json(account, call.calendar()), status);
    return std::move(response.set("ETag", tag_of(account)));
}

}  // namespace

Response list_users(Call& call)
{
    call.query().finish();
    // There is no address of one account to ask for its ETag, so it stands with each.
    const std::vector<Account> accounts = Accounts(call.store()).list();
    Json json = users_json(accounts, call.calendar());
    for (std::size_t i = 0; i < accounts.size(); i++) {
        json["users"][i]["etag"] = tag_of(accounts[i]);
    }
    return json_response(json);
}

Response add_user(Call& call)
{
    const std::string name = call.body().required_text("name", name_length);
    const auto role = parse_role(role_names[call.body().required_choice("role", role_names)]);
    const NewPassword password = NewPassword::required(call, "new_password", name);
    call.body().finish();
    Accounts(call.store()).require_free(name);
    const std::string hash = password.hash(call);
    Accounts(call.store()).create(name, role.value_or(Role::viewer), hash);
    return user_response(call, name, 201);
}

Response change_user(Call& call)
{
    const std::string& name = call.parameter();
    AccountChange change;
    change.role = role_member(call);
    const auto password = NewPassword::read(call, "new_password", name);
    change.keep_tokens = keep_tokens_member(call);
    call.body().finish();
    if (call.body().has("keep_tokens") && !password) {
        refuse_field("keep_tokens", "goes with new_password only");
    }
    if (!change.role && !password) {
        refuse_field("role", "name the role or new_password: there is nothing to change");
    }
    Accounts(call.store()).require(name);
    if (password) {
        change.password = password->hash(call);
    }
    AccountChanges(call.store()).change(name, change, [&](const Account& before) {
        require_match(call.request(), tag_of(before));
    });
    return user_response(call, name, 200);
}

Response delete_user(Call& call)
{
    call.body().finish();
    AccountChanges(call.store()).remove(call.parameter());
    return empty_response();
}

}  // namespace mmx::admin
