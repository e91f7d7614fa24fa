#pragma once

// Accounts: who may log in to the console, and as what. Passwords come and go as scrypt hashes;
// see password.hpp. An account is what `mmx:users` lists and whose record opens, be it looked up or
// listed. What changes and deletes accounts is account_changes.hpp. Throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t account_name_length_max = 32;  // bytes
inline constexpr std::size_t accounts_max = 1000;

struct Account {
    std::string name;
    Role role = Role::viewer;
    std::string password;         // its hash, a PHC string
    std::int64_t created_at = 0;  // times in seconds since 1970; 0: never
    std::int64_t password_changed_at = 0;
    std::int64_t last_login_at = 0;
    // Another one after each change of role or password: what began before it does not count.
    std::string change;
};

inline constexpr std::size_t account_change_bytes = 16;

// Stores the account's rights, sealed.
Command account_command(const Secrets& secrets, const Account& account);

// One to 32 characters of [a-z0-9._-], the first a letter or a digit.
bool is_account_name(std::string_view name) noexcept;

class Accounts {
public:
    explicit Accounts(Store& store) : store_(store) {}

    std::optional<Account> find(std::string_view name);  // nothing for what is no account's name
    Account require(std::string_view name);              // throws Error{not_found}
    std::vector<Account> list();                         // by name
    std::size_t count();

    // Throws what creating an account of that name would be refused for.
    void require_free(std::string_view name);
    void create(std::string_view name, Role role, const std::string& password);
    // Only while there is no account at all; else throws Error{conflict}.
    void create_first(std::string_view name, const std::string& password);

private:
    void add(std::string_view name, Role role, const std::string& password, bool first);

    Store& store_;
};

}  // namespace mmx::admin
