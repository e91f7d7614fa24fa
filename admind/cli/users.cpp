#include "cli/users.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include "auth/account_changes.hpp"
#include "auth/accounts.hpp"
#include "auth/common_passwords.hpp"
#include "auth/password.hpp"
#include "base/error.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "format/json_accounts.hpp"

namespace mmx::admin {
namespace {

void require_same(std::string_view password, std::string_view again)
{
    if (password != again) {
        throw Error(ErrorCode::invalid_input, "the two passwords differ: nothing was changed");
    }
}

SecretText read_typed_password()
{
    SecretText password = read_secret_from_stdin("New password: ", password_size_max);
    const SecretText again = read_secret_from_stdin("The same again: ", password_size_max);
    require_same(password.view(), again.view());
    return password;
}

// Whoever pipes it may give it twice as well, a line each.
SecretText read_piped_password()
{
    constexpr std::size_t line_end_max = 2;
    SecretText password = read_secret_from_stdin("", 2 * password_size_max + line_end_max);
    const std::string_view text = password.view();
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos && text.find('\n', newline + 1) == text.npos) {
        const std::size_t size = newline - (text.substr(0, newline).ends_with('\r') ? 1 : 0);
        require_same(text.substr(0, size), text.substr(newline + 1));
        password.truncate(size);
    }
    return password;
}

// From standard input; at a terminal it is asked for twice.
SecretText read_new_password(std::string_view name)
{
    SecretText password = isatty(STDIN_FILENO) != 0 ? read_typed_password() : read_piped_password();
    if (std::string fault = password_fault(password.view(), name); !fault.empty()) {
        const bool common = fault == common_password_fault;
        throw Error(common ? ErrorCode::common_password : ErrorCode::invalid_input, fault);
    }
    return password;
}

std::string new_hash(Context& context, std::string_view name)
{
    PasswordHasher hasher(context.config().password_cost);
    return hasher.hash(read_new_password(name).view());
}

int print_account(Context& context, std::string_view name, std::string_view what)
{
    const Account account = Accounts(context.store()).require(name);
    context.print(user_json(account, context.calendar()),
                  account.name + ": " + std::string(what) + ", " +
                      std::string(role_name(account.role)) + "\n");
    return 0;
}

}  // namespace

int run_user_add(Context& context, const Invocation& invocation)
{
    const std::string& name = invocation.argument;
    const Role role = role_option(invocation);
    Accounts accounts(context.store());
    accounts.require_free(name);  // before a password is asked for
    accounts.create(name, role, new_hash(context, name));
    return print_account(context, name, "made");
}

int run_user_list(Context& context, const Invocation&)
{
    const std::vector<Account> accounts = Accounts(context.store()).list();
    const Calendar& calendar = context.calendar();
    Table table({"NAME", "ROLE", "CREATED", "PASSWORD CHANGED", "LAST LOGIN"});
    for (const Account& account : accounts) {
        table.add({account.name, std::string(role_name(account.role)),
                   time_text(account.created_at, calendar),
                   time_text(account.password_changed_at, calendar),
                   time_text(account.last_login_at, calendar)});
    }
    context.print(users_json(accounts, calendar), table.text());
    return 0;
}

int run_user_delete(Context& context, const Invocation& invocation)
{
    const std::string name = Accounts(context.store()).require(invocation.argument).name;
    if (!confirmed(invocation,
                   "Delete the account " + name + ", its sessions and the tokens it made?")) {
        throw Error(ErrorCode::confirmation, "nothing was deleted");
    }
    AccountChanges(context.store()).remove(name);
    context.print(removed_json(name), "deleted " + name + "\n");
    return 0;
}

int run_user_password(Context& context, const Invocation& invocation)
{
    const std::string name = Accounts(context.store()).require(invocation.argument).name;
    const std::size_t tokens_deleted =
        AccountChanges(context.store())
            .change(name, {.password = new_hash(context, name),
                           .keep_tokens = invocation.has("keep-tokens")});
    return print_account(context, name,
                         tokens_deleted == 0
                             ? "password changed"
                             : "password changed, " + std::to_string(tokens_deleted) +
                                   " API tokens revoked");
}

int run_user_role(Context& context, const Invocation& invocation)
{
    const std::string name = Accounts(context.store()).require(invocation.argument).name;
    const Role role = role_option(invocation);
    AccountChanges(context.store()).change(name, {.role = role});
    return print_account(context, name, "role set");
}

}  // namespace mmx::admin
