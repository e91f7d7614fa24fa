#pragma once

// What all requests share; outlives them.

#include "auth/password.hpp"
#include "auth/setup_token.hpp"
#include "base/config.hpp"
#include "base/secrets.hpp"
#include "daemon/turns.hpp"
#include "http/server.hpp"
#include "redis/pool.hpp"

namespace mmx::admin {

inline constexpr int exports_max = 2;  // of the keys, at once: each holds a connection
inline constexpr int probes_max = 1;   // of the master key, at once
inline constexpr int checks_max = 1;   // of the whole audit trail, at once

// Whoever waits for a hash keeps a thread; some are left for everything else.
static_assert(hashes_at_once + 2 * hashes_waiting_max + unknown_waiting_max < server_threads);

struct Daemon {
    const Config& config;
    const Secrets& secrets;
    RedisPool& pool;
    PasswordHasher hasher{config.password_cost};
    SetupToken setup{config.setup_token_file.empty() ? default_setup_token_file(config.listen)
                                                     : config.setup_token_file};
    Turns exports{exports_max};
    Turns probes{probes_max};
    Turns checks{checks_max};
};

}  // namespace mmx::admin
