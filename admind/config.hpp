#pragma once

// Where things are: from the command line, else the environment, else the configuration file, else
// the default. The first that says something counts.

#include <string>

#include "command_line.hpp"
#include "redis_url.hpp"

namespace mmx {

inline constexpr std::string_view default_config_file = "/etc/mmx/admind.json";
inline constexpr std::string_view default_redis = "redis://127.0.0.1:6379/0";
inline constexpr std::string_view default_secret_file = "/etc/mmx/secret";

struct Config {
    RedisUrl redis;
    std::string redis_password_file;  // empty: the password of the URL, if any
    std::string secret_file;
    bool json = false;
};

// Reads the environment and the configuration file; throws Error. A password in --redis is
// refused, since the process list shows it to every user of the machine; a configuration file with
// one must be guarded as the secret file is.
Config load_config(const OptionValues& options);

}  // namespace mmx
