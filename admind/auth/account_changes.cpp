#include "auth/account_changes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/api_tokens.hpp"
#include "auth/sessions.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

std::vector<std::string> watched_for(std::string_view name)
{
    return {std::string(redis_keys::users), redis_keys::user(name), redis_keys::sessions_of(name)};
}

void require_another_admin(Accounts& accounts, std::string_view name)
{
    if (std::ranges::none_of(accounts.list(), [&](const Account& account) {
            return account.role == Role::admin && account.name != name;
        })) {
        throw Error(ErrorCode::last_admin,
                    "\"" + std::string(name) + "\" is the last admin: make another one first");
    }
}

// Of what is set; an absent role stays.
std::string change_detail(Role before, std::optional<Role> role, bool password)
{
    Json json = Json::object();
    if (role) {
        json["role"] = {{"from", role_name(before)}, {"to", role_name(*role)}};
    }
    if (password) {
        json["password"] = "changed";
    }
    return to_text(json);
}

}  // namespace

void AccountChanges::change(std::string_view name, const AccountChange& change,
                            const std::function<void(const Account&)>& require)
{
    store_.apply(watched_for(name), [&](std::int64_t time) {
        Accounts accounts(store_);
        Account account = accounts.require(name);
        if (require) {
            require(account);
        }
        const Role before = account.role;
        const auto role = change.role == before ? std::nullopt : change.role;
        if (!role && !change.password) {
            return Store::Change{};
        }
        if (role && before == Role::admin) {
            require_another_admin(accounts, name);
        }
        account.role = role.value_or(before);
        if (change.password) {
            account.password = *change.password;
            account.password_changed_at = time;
        }
        account.change = std::string(random_hex(account_change_bytes).view());
        Store::Change made{{account_command(store_.secrets(), account)},
                           {audit_entry("user.set", name,
                                        change_detail(before, role, change.password.has_value()))}};
        append(ending_commands(store_, account, change.kept_session), made.commands);
        return made;
    });
}

void AccountChanges::remove(std::string_view name)
{
    store_.apply(watched_for(name), [&](std::int64_t) {
        Accounts accounts(store_);
        const Account account = accounts.require(name);
        const Role role = account.role;
        if (role == Role::admin) {
            require_another_admin(accounts, name);
        }
        Store::Change made;
        made.commands = {Command{"DEL", redis_keys::user(name)},
                         Command{"SREM", redis_keys::users, name}};
        append(ending_commands(store_, account, ""), made.commands);
        std::size_t tokens = 0;
        for (const ApiToken& token : ApiTokens(store_).list()) {
            if (token.created_by == name) {
                append(revoking_commands(token), made.commands);
                tokens++;
            }
        }
        made.entries = {audit_entry(
            "user.delete", name, to_text({{"role", role_name(role)}, {"tokens_deleted", tokens}}))};
        return made;
    });
}

}  // namespace mmx::admin
