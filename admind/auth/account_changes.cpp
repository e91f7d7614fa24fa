#include "auth/account_changes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/api_tokens.hpp"
#include "auth/sessions.hpp"
#include "auth/throttle.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

std::vector<std::string> watched_for(std::string_view name)
{
    return {std::string(redis_keys::users), redis_keys::user(name), redis_keys::sessions_of(name),
            std::string(redis_keys::tokens)};
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
std::string change_detail(Role before, std::optional<Role> role, bool password,
                          std::size_t tokens_deleted)
{
    Json json = Json::object();
    if (role) {
        json["role"] = {{"from", role_name(before)}, {"to", role_name(*role)}};
    }
    if (password) {
        json["password"] = "changed";
    }
    if (tokens_deleted > 0) {
        json["tokens_deleted"] = tokens_deleted;
    }
    return to_text(json);
}

}  // namespace

std::size_t AccountChanges::change(std::string_view name, const AccountChange& change,
                                   const std::function<void(const Account&)>& require)
{
    std::size_t tokens_deleted = 0;
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
        std::vector<ApiToken> ended;
        if (change.password && !change.keep_tokens) {
            ended = made_by(ApiTokens(store_).list(), name);
        }
        tokens_deleted = ended.size();
        Store::Change made{{account_command(store_.secrets(), account)},
                           {audit_entry("user.set", name,
                                        change_detail(before, role, change.password.has_value(),
                                                      tokens_deleted))}};
        append(ending_commands(store_, account, change.kept_session), made.commands);
        append(revoking_commands(ended), made.commands);
        return made;
    });
    return tokens_deleted;
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
        append(forgetting_commands(name), made.commands);
        const std::vector<ApiToken> tokens = made_by(ApiTokens(store_).list(), name);
        append(revoking_commands(tokens), made.commands);
        made.entries = {
            audit_entry("user.delete", name,
                        to_text({{"role", role_name(role)}, {"tokens_deleted", tokens.size()}}))};
        return made;
    });
}

}  // namespace mmx::admin
