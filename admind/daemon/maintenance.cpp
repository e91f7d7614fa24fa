#include "daemon/maintenance.hpp"

#include <string>
#include <utility>

#include "auth/accounts.hpp"
#include "auth/record_sealing.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "store/key_guard.hpp"
#include "store/settings.hpp"
#include "store/view_keeper.hpp"

namespace mmx::admin {
namespace {

constexpr std::chrono::milliseconds interval{1000};
constexpr std::chrono::milliseconds interval_with_more{5};  // leaves Redis to others in between

constexpr std::chrono::minutes trail_interval{10};

}  // namespace

Maintenance::~Maintenance()
{
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    ended_changed_.notify_all();
    thread_.join();
}

void Maintenance::run()
{
    std::unique_lock lock(mutex_);
    while (!ended_) {
        lock.unlock();
        const bool more = keep_views();
        guard_keys();
        lock.lock();
        ended_changed_.wait_for(lock, more ? interval_with_more : interval,
                                [this] { return ended_; });
    }
}

// A way to the first account, for as long as there is none.
void Maintenance::offer_setup(Store& store)
{
    const bool needed = read_settings(store).exist && Accounts(store).count() == 0;
    const std::string told = daemon_.setup.refresh(needed, std::chrono::steady_clock::now());
    if (!told.empty()) {
        log_line(told);
    }
}

// Once, and only at the start: a check of before that somebody puts back later opens nothing.
void Maintenance::seal_records(RedisClient& redis)
{
    if (sealed_) {
        return;
    }
    Store store(redis, daemon_.secrets, "mmx-admind");
    if (!read_settings(store).exist) {
        sealed_ = true;
        return;
    }
    if (const auto sealed = seal_old_records(store)) {
        log_line("the release before left accounts and API tokens unsealed: sealed " +
                 std::to_string(sealed->accounts) + " accounts and " +
                 std::to_string(sealed->tokens) + " tokens, and ended all sessions (log in again)");
    }
    sealed_ = true;
}

// A change of nothing does what the trail needs by itself: that of a release before gets its head,
// and what is too old is cut. Not before it was set up, and not each second.
void Maintenance::keep_trail(Store& store)
{
    const auto now = std::chrono::steady_clock::now();
    if (trail_kept_ && now - *trail_kept_ < trail_interval) {
        return;
    }
    if (!read_settings(store).exist) {
        return;
    }
    trail_kept_ = now;
    try {
        store.apply({}, [](std::int64_t) { return Store::Change{}; });
    } catch (const Error& error) {
        log_failure("keeping the audit trail", error.what());
    }
}

// Returns whether more is due at once.
bool Maintenance::seal_keys(Store& store)
{
    if (sealing_.step(store)) {
        return true;
    }
    if (sealing_.sealed() > told_sealed_) {
        told_sealed_ = sealing_.sealed();
        log_line("the release before left what keys may do unsealed: sealed that of " +
                 std::to_string(told_sealed_) + " keys as it was found");
    }
    return false;
}

// Whatever keeps the views from being kept, and however much of that is due.
void Maintenance::guard_keys() noexcept
{
    const auto now = std::chrono::steady_clock::now();
    if (!sealing_.is_done() || (guarded_ && now - *guarded_ < interval)) {
        return;
    }
    guarded_ = now;
    try {
        const auto lease = daemon_.pool.lease();
        Store store(lease->client(), daemon_.secrets, "mmx-admind");
        KeyGuard(store).sweep(swept_);
        guard_failing_ = false;
    } catch (const std::exception& error) {
        if (!std::exchange(guard_failing_, true)) {
            log_line("what keys may do is not looked after: " + std::string(error.what()));
        }
    }
}

// Returns whether more is due at once.
bool Maintenance::keep_views() noexcept
{
    try {
        const auto lease = daemon_.pool.lease();
        Store store(lease->client(), daemon_.secrets, "mmx-admind");
        seal_records(lease->client());
        keep_trail(store);
        offer_setup(store);
        const bool more = seal_keys(store) || ViewKeeper(store, sealing_.is_done()).catch_up();
        if (failing_) {
            log_line("the views of the keys are kept again");
        }
        failing_ = false;
        return more;
    } catch (const std::exception& error) {
        if (!failing_) {
            log_line("the views of the keys are not kept: " + std::string(error.what()));
        }
        failing_ = true;
        return false;
    }
}

}  // namespace mmx::admin
