#pragma once

// What all requests share; outlives them.

#include "config.hpp"
#include "password.hpp"
#include "redis_pool.hpp"
#include "secrets.hpp"
#include "setup_token.hpp"

namespace mmx {

struct Daemon {
    const Config& config;
    const Secrets& secrets;
    RedisPool& pool;
    PasswordHasher hasher{config.password_cost};
    SetupToken setup{config.setup_token_file.empty() ? default_setup_token_file(config.listen)
                                                     : config.setup_token_file};
};

}  // namespace mmx
