#include "commands.hpp"

namespace mmx {
namespace {

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

const CommandSpec specs[] = {
    {"init",
     "",
     "",
     "make the secret file and the default settings; safe to repeat",
     {{"group", "NAME", "group that may read the secret file, which is then of mode 0640"}},
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
      {"status", "STATUS", "only keys that are active, disabled, expired or exhausted"},
      {"search", "TEXT", "only keys whose id, visible part, or a word of user or note begins so"},
      {"sort", "ORDER", "by created, user, today or month: requests in the last two [created]"},
      {"order", "DIRECTION", "asc or desc [asc by user, else desc]"},
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
      {"retention-days", "N", "days that counts are kept, 62 to 3660"}},
     run_settings_set},
    {"audit",
     "",
     "",
     "show who changed what, newest first",
     {{"limit", "N", "at most so many entries, 1 to 100000 [50]"},
      {"verify", "", "verify that no entry was altered or removed"}},
     run_audit},
    {"check",
     "",
     "",
     "look at everything that can be set up wrong, and say what to do",
     {},
     run_check},
};

}  // namespace

std::span<const CommandSpec> commands()
{
    return specs;
}

}  // namespace mmx
