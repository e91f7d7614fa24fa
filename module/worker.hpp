#pragma once

// What one worker process owns, made when it starts and gone before it exits. One thread, one loop.

#include "accounts.hpp"
#include "config.hpp"
#include "redis_connection.hpp"
#include "redis_session.hpp"
#include "settings.hpp"
#include "stats.hpp"

namespace mmx {

class Worker {
public:
    explicit Worker(const MainConfig& config);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    // This process' worker, or null: in the master, in a cache process, where the module is unused.
    static Worker* current() noexcept;

    const Secrets& secrets;
    Stats& stats;
    Settings settings;
    RedisConnection connection;
    RedisSession session;
    Accounts accounts;
};

// nginx's hooks.
ngx_int_t start_worker(ngx_cycle_t* cycle) noexcept;
void stop_worker(ngx_cycle_t* cycle) noexcept;

}  // namespace mmx
