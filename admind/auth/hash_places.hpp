#pragma once

// Who may compute a password's hash now: it takes much memory and time, so few run at once, some
// wait, and the rest is refused. Whoever is nearer to the account goes first, and each standing
// waits at places of its own, so that a flood of strangers' attempts does not close the log-in:
// at home nobody waits for more than the hash that runs, and those of others who are at home. Nor
// does a flood of one name's attempts from elsewhere keep the other accounts out.
//
// Names that are no account's share one place and never wait for another. Their hash is of no use
// but to take its time: where there is no place, the time is taken without it, so that they cannot
// be told from an account's.
//
// Used from any thread.

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/standing.hpp"

namespace mmx::admin {

inline constexpr std::size_t hashes_at_once = 2, unknown_hashes_at_once = 1;
inline constexpr std::size_t hashes_waiting_max = 8;   // at home, and likewise of other accounts
inline constexpr std::size_t unknown_waiting_max = 8;  // who wait as long as a hash would take
inline constexpr std::size_t hashes_per_name_max = 2;  // running and waiting, but for those at home
inline constexpr std::chrono::seconds hash_wait_max{10};

class HashPlaces {
public:
    // The right to compute one hash, as long as it lives.
    class Place {
    public:
        Place(HashPlaces& places, Standing standing, std::string name)
            : places_(places), standing_(standing), name_(std::move(name))
        {
        }
        ~Place() { places_.leave(standing_, name_, Clock::now() - begun_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        using Clock = std::chrono::steady_clock;

        HashPlaces& places_;
        const Standing standing_;
        const std::string name_;
        const Clock::time_point begun_ = Clock::now();
    };

    // Waits for a place. Into `place`, which cannot be moved; it stays empty for an unknown name
    // alone, after the time that a hash takes. Throws Error{too_many_requests} when more wait than
    // the bound, or for too long.
    void take(Standing standing, std::string_view name, std::optional<Place>& place);

private:
    using Lock = std::unique_lock<std::mutex>;

    bool is_free(Standing standing) const noexcept;
    void wait_for_place(Lock& lock, Standing standing);
    void wait_without_place(Lock& lock);
    void forget(const std::string& name);
    void leave(Standing standing, const std::string& name,
               std::chrono::steady_clock::duration taken);

    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t running_ = 0, unknown_running_ = 0;
    std::array<std::size_t, 3> waiting_{};         // by standing
    std::map<std::string, std::size_t> of_name_;   // who run and wait, but for those at home
    std::chrono::steady_clock::duration taken_{};  // by the last hash
};

}  // namespace mmx::admin
