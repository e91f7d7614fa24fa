#pragma once

// What the daemon does without being asked, each second: keeps the views of the keys up to date, a
// bounded step at a time, and leaves the set-up token while there is no account; now and then it
// cuts the audit trail by age. First of all it seals what a release before left unsealed, and then
// looks after what keys may do (key_guard.hpp). Without Redis it waits and tries again.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/daemon.hpp"
#include "store/key_sealing.hpp"
#include "store/store.hpp"

namespace mmx::admin {

class Maintenance {
public:
    explicit Maintenance(Daemon& daemon) : daemon_(daemon), thread_([this] { run(); }) {}
    ~Maintenance();  // waits for the step that is under way
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

private:
    void run();
    bool keep_views() noexcept;
    void guard_keys() noexcept;
    void offer_setup(Store& store);
    void seal_records(RedisClient& redis);
    bool seal_keys(Store& store);
    void keep_trail(Store& store);

    Daemon& daemon_;
    std::mutex mutex_;
    std::condition_variable ended_changed_;
    bool ended_ = false;
    bool sealed_ = false;  // the records of a release before were looked for
    std::optional<std::chrono::steady_clock::time_point> trail_kept_, guarded_;
    KeySealing sealing_;  // of the keys of a release before
    std::size_t told_sealed_ = 0, swept_ = 0;
    bool failing_ = false, guard_failing_ = false;  // so that an outage is told once
    std::thread thread_;                            // last: it uses what stands above
};

}  // namespace mmx::admin
