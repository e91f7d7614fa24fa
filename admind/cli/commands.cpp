#include "cli/commands.hpp"

#include "cli/check.hpp"
#include "cli/completion.hpp"
#include "cli/key_changes.hpp"
#include "cli/key_import.hpp"
#include "cli/keys.hpp"
#include "cli/manual.hpp"
#include "cli/reseal.hpp"
#include "cli/serve.hpp"
#include "cli/settings.hpp"
#include "cli/tokens.hpp"
#include "cli/usage.hpp"
#include "cli/users.hpp"

namespace mmx::admin {
namespace {

constexpr Option secret_group_option{
    "group", "NAME", "group that may read the secret file, which is then of mode 0640"};
constexpr Option user_option{"user", "NAME", "whom the key is for"};
constexpr Option day_option{"day", "N", "requests per quota day; 0: unlimited"};
constexpr Option month_option{"month", "N", "requests per month; 0: unlimited"};
constexpr Option expires_option{
    "expires", "WHEN",
    "a date (good through that day), a time such as 2026-12-31T18:00 (with Z or "
    "an offset if wanted) or a span such as 30d; \"\": never"};
constexpr Option networks_option{"networks", "CIDR,CIDR",
                                 "addresses that may use the key, IPv4 and IPv6; \"\": any"};
constexpr Option note_option{"note", "TEXT", "anything to remember"};
constexpr Option role_option{"role", "ROLE",
                             "admin, who may do everything, or viewer, who may look; required",
                             "admin viewer"};
constexpr Option token_expires_option{"expires", "WHEN",
                                      "a date, a time or a span such as 90d; \"\": never"};

const CommandSpec specs[] = {
    {"init",
     "",
     "",
     "make the secret file and the default settings; safe to repeat",
     {secret_group_option},
     run_init},
    {"master",
     "set",
     "",
     "set the MiniMax key that requests leave with, from standard input",
     {},
     run_master_set},
    {"master", "show", "", "say whether a master key is set, and its hint", {}, run_master_show},
    {"key",
     "create",
     "",
     "make gateway keys and print their ids and keys",
     {{"user", "NAME", "whom the key is for; required"},
      {"day", "N", "requests per quota day; 0: unlimited [settings: default_day]"},
      {"month", "N", "requests per month; 0: unlimited [settings: default_month]"},
      expires_option,
      networks_option,
      note_option,
      {"count", "N", "how many keys to make, 1 to 10000 [1]"}},
     run_key_create},
    {"key",
     "import",
     "FILE",
     "take in keys that people hold already, from a CSV file of key,user,day,month[,note]; - reads "
     "standard input. All or nothing; limits left empty are the settings' defaults",
     {},
     run_key_import},
    {"key",
     "list",
     "",
     "list keys, the newest first unless told otherwise",
     {{"user", "NAME", "only keys of exactly this user"},
      {"status", "STATUS", "only keys that are active, disabled, expired or exhausted",
       "active disabled expired exhausted"},
      {"search", "TEXT", "only keys whose id, visible part, or a word of user or note begins so"},
      {"sort", "ORDER", "by created, user, today or month: requests in the last two [created]",
       "created user today month"},
      {"order", "DIRECTION", "asc or desc [asc by user, else desc]", "asc desc"},
      {"limit", "N", "at most so many keys, 1 to 100000 [100]"},
      {"offset", "N", "leave out the first N [0]"}},
     run_key_list},
    {"key", "show", "ID", "show a key, its limits and what it has used", {}, run_key_show},
    {"key",
     "set",
     "ID",
     "change a key; what is not named stays",
     {day_option, month_option, expires_option, networks_option, user_option, note_option},
     run_key_set},
    {"key", "enable", "ID", "let a disabled key work again", {}, run_key_enable},
    {"key", "disable", "ID", "refuse a key's requests from the next one on", {}, run_key_disable},
    {"key",
     "delete",
     "ID",
     "delete a key and all its counts, for good",
     {{"yes", "", "do not ask"}},
     run_key_delete},
    {"key",
     "reveal",
     "ID",
     "print the whole key once more; the audit trail notes it",
     {},
     run_key_reveal},
    {"key",
     "rotate",
     "ID",
     "replace a key by a new one with the same limits and counts, and print the new one",
     {{"grace", "TIME",
       "how long the old key works on, such as 24h; both count as one. 0: it stops "
       "at once [24h]"}},
     run_key_rotate},
    {"usage",
     "",
     "[ID]",
     "show counts by day, of one key or the sum of all",
     {{"from", "DAY", "first date, such as 2026-11-01 [six days before --to]"},
      {"to", "DAY", "last date [today]"},
      {"csv", "", "print CSV"}},
     run_usage},
    {"settings", "show", "", "show the settings", {}, run_settings_show},
    {"settings",
     "set",
     "",
     "change settings; what is not named stays",
     {{"timezone", "ZONE", "IANA time zone of quota days and months, such as Asia/Shanghai"},
      {"default-day", "N", "requests per day of a new key; 0: unlimited"},
      {"default-month", "N", "requests per month of a new key; 0: unlimited"},
      {"retention-days", "N", "days that counts are kept, 62 to 3660"},
      {"refund-bound", "N", "refunds for a key and day, or a tenth of its limit, 0 to 1000000"},
      {"language", "LANGUAGE", "of refusals, to clients that ask for none: zh or en", "zh en"},
      {"contact", "TEXT", "whom to ask, shown in refusals, at most 200 bytes; \"\": nobody"}},
     run_settings_set},
    {"user",
     "add",
     "NAME",
     "make an account of the console; its password is asked for twice at a terminal, else read "
     "from "
     "standard input",
     {role_option},
     run_user_add},
    {"user", "list", "", "list the accounts, by name", {}, run_user_list},
    {"user",
     "password",
     "NAME",
     "give an account a new password, read as by user add, and end its sessions and the API tokens "
     "it made",
     {{"keep-tokens", "", "let the API tokens that the account made work on"}},
     run_user_password},
    {"user",
     "role",
     "NAME",
     "give an account another role, and end its sessions",
     {role_option},
     run_user_role},
    {"user",
     "delete",
     "NAME",
     "delete an account, its sessions and the API tokens it made",
     {{"yes", "", "do not ask"}},
     run_user_delete},
    {"token",
     "create",
     "NAME",
     "make an API token for scripts and print it, the only time that it is shown",
     {role_option,
      token_expires_option,
      {"scope", "SCOPE,SCOPE",
       "what it may do of that: keys.read, keys.write, usage.read, settings.read, settings.write, "
       "audit.read, accounts.read, tokens.write [all that its role allows]"}},
     run_token_create},
    {"token", "list", "", "list the API tokens, newest first", {}, run_token_list},
    {"token",
     "delete",
     "TOKEN",
     "revoke the API token of this id or name, at once",
     {{"yes", "", "do not ask"}},
     run_token_delete},
    {"audit",
     "",
     "",
     "show who changed what, newest first",
     {{"limit", "N", "at most so many entries, 1 to 100000 [50]"},
      {"refusals", "", "the refused log-ins and set-up attempts instead"},
      {"verify", "", "verify that no entry was altered or removed"},
      {"since", "HASH",
       "with --verify: that the entry of this hash, which an earlier --verify printed, is still "
       "there"}},
     run_audit},
    {"serve",
     "",
     "",
     "run the daemon: the admin API and the console",
     {{"listen", "ADDRESS",
       "unix:/path, 127.0.0.1:port or [::1]:port [MMX_LISTEN; unix:/run/mmx/admind.sock]"},
      {"group", "NAME", "group that may connect to the unix socket [MMX_GROUP]"},
      {"upstream", "URL", "where the master key is tested [MMX_UPSTREAM; https://api.minimax.io]"},
      {"public-url", "URL",
       "where browsers find the console behind a front that ends TLS, rewrites Host or adds a "
       "path, such as https://admin.example.com/gate [MMX_PUBLIC_URL; as each request says]"},
      {"setup-token-file", "FILE",
       "where the token for the first account is left [MMX_SETUP_TOKEN_FILE; beside the socket]"},
      {"routes", "", "print the admin API's routes and who may use them, and stop"}},
     run_serve},
    {"check",
     "",
     "",
     "look at everything that can be set up wrong, and say what to do",
     {{"gateway", "URL",
       "the status page of a running gateway, such as http://127.0.0.1:9145/metrics, to be asked "
       "whether it is ready [MMX_GATEWAY; none is asked]"}},
     run_check},
    {"reseal",
     "",
     "FILE",
     "move everything to another secret file, which is made if it is not there; one that broke off "
     "is finished by running it again. Gateways and the daemon need the new file afterwards",
     {secret_group_option},
     run_reseal},
    {"completion",
     "bash",
     "",
     "print the script that lets bash complete these words",
     {},
     nullptr,
     bash_completion},
    {"man", "", "", "print the manual page, mmx-admind(1)", {}, nullptr, manual_page},
};

}  // namespace

std::span<const CommandSpec> commands()
{
    return specs;
}

}  // namespace mmx::admin
