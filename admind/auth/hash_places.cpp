#include "auth/hash_places.hpp"

#include <thread>

#include "base/error.hpp"

namespace mmx::admin {
namespace {

constexpr std::int64_t busy_retry_after = 5;  // seconds

[[noreturn]] void refuse()
{
    throw Error::too_many(
        "too many people are logging in at this moment: try again in some seconds",
        busy_retry_after);
}

constexpr std::size_t at(Standing standing)
{
    return static_cast<std::size_t>(standing);
}

}  // namespace

bool HashPlaces::is_free(Standing standing) const noexcept
{
    for (std::size_t nearer = at(standing) + 1; nearer < waiting_.size(); nearer++) {
        if (waiting_[nearer] > 0) {
            return false;
        }
    }
    return running_ < hashes_at_once &&
           (standing != Standing::unknown || unknown_running_ < unknown_hashes_at_once);
}

void HashPlaces::take(Standing standing, std::string_view name, std::optional<Place>& place)
{
    Lock lock(mutex_);
    const std::string counted(standing == Standing::home ? std::string_view() : name);
    if (!counted.empty()) {
        if (of_name_[counted] >= hashes_per_name_max) {
            refuse();
        }
        of_name_[counted]++;
    }
    try {
        if (is_free(standing)) {
            running_++;
        } else if (standing == Standing::unknown) {
            wait_without_place(lock);
            forget(counted);
            return;
        } else {
            wait_for_place(lock, standing);
            running_++;
        }
    } catch (const Error&) {
        forget(counted);
        throw;
    }
    unknown_running_ += standing == Standing::unknown ? 1 : 0;
    place.emplace(*this, standing, counted);
}

// One of this name less runs or waits.
void HashPlaces::forget(const std::string& name)
{
    const auto found = of_name_.find(name);
    if (found != of_name_.end() && --found->second == 0) {
        of_name_.erase(found);
    }
}

void HashPlaces::wait_for_place(Lock& lock, Standing standing)
{
    std::size_t& waiting = waiting_[at(standing)];
    if (waiting >= hashes_waiting_max) {
        refuse();
    }
    waiting++;
    const bool mine = left_.wait_for(lock, hash_wait_max, [&] { return is_free(standing); });
    waiting--;
    if (waiting == 0) {
        left_.notify_all();  // who is less near has waited for this
    }
    if (!mine) {
        refuse();
    }
}

void HashPlaces::wait_without_place(Lock& lock)
{
    std::size_t& waiting = waiting_[at(Standing::unknown)];
    if (waiting >= unknown_waiting_max) {
        refuse();
    }
    waiting++;
    const auto taken = taken_;
    lock.unlock();
    std::this_thread::sleep_for(taken);
    lock.lock();
    waiting--;
}

void HashPlaces::leave(Standing standing, const std::string& name,
                       std::chrono::steady_clock::duration taken)
{
    const std::lock_guard lock(mutex_);
    running_--;
    unknown_running_ -= standing == Standing::unknown ? 1 : 0;
    taken_ = taken;
    forget(name);
    left_.notify_all();
}

}  // namespace mmx::admin
