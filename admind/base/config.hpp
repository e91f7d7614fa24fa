#pragma once

// Where things are and how the daemon behaves: from the options of the command line, else the
// environment, else the configuration file, else the default. The first that says something
// counts, and an option or a variable that is empty says nothing or is refused.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "host/secret_text.hpp"
#include "lib/redis_url.hpp"

namespace mmx::admin {

inline constexpr std::string_view default_config_file = "/etc/mmx/admind.json";
inline constexpr std::string_view default_redis = "redis://127.0.0.1:6379/0";
inline constexpr std::string_view default_secret_file = "/etc/mmx/secret";
inline constexpr std::string_view default_listen = "unix:/run/mmx/admind.sock";
inline constexpr std::string_view default_upstream = "https://api.minimax.io";
inline constexpr std::int64_t default_password_cost = 17;
inline constexpr std::int64_t default_session_idle_minutes = 15;
inline constexpr std::int64_t default_session_hours = 8;

// The options of the command line by their names, without the dashes; a flag's value is empty.
using OptionValues = std::map<std::string, std::string, std::less<>>;

struct Config {
    RedisUrl redis;             // without its password
    SecretText redis_password;  // the URL's, if any; counts where no file is named
    std::string redis_password_file;
    std::string secret_file;
    std::string listen;    // of serve, as listen_address.hpp has it
    std::string group;     // whose members may connect to the unix socket; empty: the process' own
    std::string upstream;  // where the master key is tested, as upstream_probe.hpp has it
    std::string gateway;   // a gateway's status page, as gateway_page.hpp has it; empty: unknown
    std::string public_url;        // as public_url.hpp has it; empty: what each request says itself
    std::string setup_token_file;  // empty: beside the unix socket, else /run/mmx/setup-token
    int password_cost = 0;         // the binary logarithm of scrypt's N, 14 to 20
    int session_idle_minutes = 0;  // without use before a session ends, 1 to 1440
    int session_hours = 0;         // before a session ends in any case, 1 to 720
    bool json = false;             // --json: print JSON
};

// Reads the environment and the configuration file; throws Error. A password in --redis is
// refused, since the process list shows it to every user of the machine; a configuration file with
// one must be guarded as the secret file is.
Config load_config(const OptionValues& options);

}  // namespace mmx::admin
