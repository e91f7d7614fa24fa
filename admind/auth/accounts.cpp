#include "auth/accounts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/sealed_record.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {
namespace {

namespace field = redis_keys::field;

const std::string users_name(redis_keys::users);

void add_queries(std::string_view name, std::vector<Command>& queries)
{
    queries.push_back(
        Command{"HMGET", redis_keys::user(name), field::sealed, field::last_login_at});
    queries.push_back(Command{"SISMEMBER", redis_keys::users, name});
}

// From what the two queries found. Nothing when there is no such record, or it does not open.
std::optional<Account> account_of(const Secrets& secrets, std::string_view name,
                                  const Reply& record, const Reply& listed)
{
    const std::vector<Reply>& values = checked(record).elements;
    const auto rights = opened(secrets, redis_keys::user(name), values.at(0).text);
    const auto role = rights ? parse_role(text_of(*rights, field::role)) : std::nullopt;
    if (!role || checked(listed).integer == 0) {
        return std::nullopt;
    }
    return Account{.name = std::string(name),
                   .role = *role,
                   .password = text_of(*rights, field::password),
                   .created_at = number_of(*rights, field::created_at),
                   .password_changed_at = number_of(*rights, field::password_changed_at),
                   .last_login_at = parse_limit(values.at(1).text).value_or(0),
                   .change = text_of(*rights, field::change)};
}

}  // namespace

Command account_command(const Secrets& secrets, const Account& account)
{
    const Json rights{{field::role, role_name(account.role)},
                      {field::password, account.password},
                      {field::created_at, account.created_at},
                      {field::password_changed_at, account.password_changed_at},
                      {field::change, account.change}};
    return sealing_command(secrets, redis_keys::user(account.name), rights);
}

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
    std::vector<Command> queries;
    add_queries(name, queries);
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    return account_of(store_.secrets(), name, replies.at(0), replies.at(1));
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
        add_queries(name.text, queries);
    }
    const std::vector<Reply> replies = store_.redis().pipeline(queries);
    std::vector<Account> accounts;
    for (std::size_t i = 0; i < names.elements.size(); i++) {
        if (auto account = account_of(store_.secrets(), names.elements[i].text, replies[2 * i],
                                      replies[2 * i + 1])) {
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
        const Account account{.name = std::string(name),
                              .role = role,
                              .password = password,
                              .created_at = time,
                              .password_changed_at = time,
                              .change = std::string(random_hex(account_change_bytes).view())};
        return Store::Change{
            {Command{"DEL", redis_keys::user(name)}, account_command(store_.secrets(), account),
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
