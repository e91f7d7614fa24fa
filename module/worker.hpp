#pragma once

// What one worker process owns, made when it starts and gone before it exits. One thread, one loop.

#include "base/metrics.hpp"
#include "base/settings.hpp"
#include "commits/worker_commits.hpp"
#include "config/config.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace mmx::gate {

class Worker {
public:
    explicit Worker(const MainConfig& config);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    // This process' worker, or null: in the master, in a cache process, where the module is unused.
    static Worker* current() noexcept;

    const Secrets& secrets;
    Metrics& metrics;
    Settings settings;
    RedisConnection connection;
    RedisHandshake handshake;
    WorkerCommits commits;

private:
    void show(RedisState state) noexcept;
};

// nginx's hooks.
ngx_int_t start_worker(ngx_cycle_t* cycle) noexcept;
void stop_worker(ngx_cycle_t* cycle) noexcept;

}  // namespace mmx::gate
