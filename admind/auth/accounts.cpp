#include "auth/accounts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

const std::string users_name(redis_keys::users);

Command read_command(std::string_view name)
{
    return Command{
        "HMGET",           redis_keys::user(name),     field::role,         field::password,
        field::created_at, field::password_changed_at, field::last_login_at};
}

std::int64_t time_of(const Reply& reply)
{
    return parse_limit(reply.text).value_or(0);
}

// Nothing when there is no such record, or one without a role that we know.
std::optional<Account> account_of(std::string_view name, const Reply& reply)
{
    const std::vector<Reply>& values = checked(reply).elements;
    const auto role = parse_role(values.at(0).text);
    if (!role) {
        return std::nullopt;
    }
    return Account{.name = std::string(name),
                   .role = *role,
                   .password = values.at(1).text,
                   .created_at = time_of(values.at(2)),
                   .password_changed_at = time_of(values.at(3)),
                   .last_login_at = time_of(values.at(4))};
}

}  // namespace

bool is_account_name(std::string_view name) noexcept
{
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= account_name_length_max && is_alphanumeric(name[0]) &&
           std::ranges::all_of(name, [&](char c) {
               return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
           });
}

std::optional<Account> Accounts::find(std::string_view name)
{
    if (!is_account_name(name)) {
        return std::nullopt;
    }
    return account_of(name, store_.redis().call(read_command(name)));
}

Account Accounts::require(std::string_view name)
{
    auto account = find(name);
    if (!account) {
        throw Error(ErrorCode::not_found, "there is no account \"" + std::string(name) + "\"");
    }
    return std::move(*account);
}

std::vector<Account> Accounts::list()
{
    const Reply names = store_.redis().call(Command{"SMEMBERS", redis_keys::users});
    std::vector<Command> queries;
    for (const Reply& name : names.elements) {
        queries.push_back(read_command(name.text));
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    std::vector<Account> accounts;
    for (std::size_t i = 0; i < replies.size(); i++) {
        if (auto account = account_of(names.elements[i].text, replies[i])) {
            accounts.push_back(std::move(*account));
        }
    }
    std::ranges::sort(accounts, {}, &Account::name);
    return accounts;
}

std::size_t Accounts::count()
{
    return static_cast<std::size_t>(
        store_.redis().call(Command{"SCARD", redis_keys::users}).integer);
}

void Accounts::require_free(std::string_view name)
{
    if (!is_account_name(name)) {
        throw Error(ErrorCode::invalid_argument,
                    "an account's name is 1 to 32 characters of a-z, 0-9, dot, underscore and "
                    "hyphen, and begins with a letter or a digit",
                    "name");
    }
    if (find(name)) {
        throw Error(ErrorCode::conflict,
                    "there is an account \"" + std::string(name) + "\" already", "name");
    }
}

void Accounts::add(std::string_view name, Role role, const std::string& password, bool first)
{
    store_.apply({users_name, redis_keys::user(name)}, [&](std::int64_t time) {
        const std::size_t existing = count();
        if (first && existing > 0) {
            throw Error(ErrorCode::conflict, "there is an account already: log in with it");
        }
        require_free(name);
        if (existing >= accounts_max) {
            throw Error(ErrorCode::conflict, "there are " + std::to_string(accounts_max) +
                                                 " accounts already: delete one first");
        }
        const std::string now = std::to_string(time);
        return Store::Change{
            {Command{"HSET", redis_keys::user(name)}
                 .add(field::role, role_name(role))
                 .add(field::password, password)
                 .add(field::created_at, now)
                 .add(field::password_changed_at, now),
             Command{"SADD", redis_keys::users, name}},
            {audit_entry("user.create", name, to_text({{"role", role_name(role)}}))}};
    });
}

void Accounts::create(std::string_view name, Role role, const std::string& password)
{
    add(name, role, password, false);
}

void Accounts::create_first(std::string_view name, const std::string& password)
{
    add(name, Role::admin, password, true);
}

}  // namespace mmx::admin
