#pragma once

// What this gateway has done, summed over its workers: counters in shared memory, one block for
// each worker's slot so that workers do not share cache lines. Writing costs one relaxed atomic.

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/ngx.hpp"

namespace mmx::gate {

// One for each worker that nginx can have: it makes no more processes than this, whatever number a
// reload brings.
inline constexpr std::size_t metrics_slots = NGX_MAX_PROCESSES;

// The verdicts counted.
enum class Counted : std::uint8_t {
    admitted,
    admitted_locally,    // Redis away, mmx_on_redis_error allow
    admitted_uncounted,  // mmx_count off: the key is good, and nothing is charged
    missing_key,
    malformed_key,
    not_offered,  // an endpoint
    unknown_key,
    key_disabled,
    key_expired,
    address_not_allowed,
    day_exhausted,
    month_exhausted,
    gateway_unavailable,
    upstream_not_configured,
    upstream_unresolved,
    client_gone,  // while it waited
    count,
};

// What $mmx_verdict and the label of mmx_requests_total call it.
std::string_view counted_word(Counted verdict) noexcept;

// How a worker stands with Redis: it may commit, or why it may not.
enum class RedisState : std::uint8_t {
    connecting,  // it cannot be reached, or has yet to be
    resolving,   // nobody knows its name
    lost,        // it fell silent, closed the connection, or spoke out of turn
    auth,        // it refuses our credentials, or a right we need
    replica,     // it takes no writes
    cluster,     // it runs in cluster mode
    loading,     // it is starting, or busy
    script,      // it takes our scripts in no form
    refused,     // it refuses something else
    ready,
    count,
};

// The reason that mmx_redis_unready_workers gives; of every state but ready.
std::string_view redis_state_word(RedisState state) noexcept;

// Upper bounds in microseconds of the round-trip buckets, and of admissions per commit.
inline constexpr std::array<std::uint64_t, 11> round_trip_bounds_us = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2000000};
inline constexpr std::array<std::uint64_t, 9> commit_size_bounds = {0,  1,  2,   4,   8,
                                                                    16, 64, 256, 1024};

struct alignas(64) Metrics {
    using Counter = std::atomic<std::uint64_t>;

    template <std::size_t N>
    struct Histogram {
        std::array<Counter, N + 1> buckets;  // the last: above every bound
        Counter sum, count;

        void note(const std::array<std::uint64_t, N>& bounds, std::uint64_t value) noexcept
        {
            std::size_t i = 0;
            while (i < N && value > bounds[i]) {
                ++i;
            }
            add(buckets[i]);
            add(sum, value);
            add(count);
        }
    };

    std::array<Counter, static_cast<std::size_t>(Counted::count)> verdicts;
    Histogram<commit_size_bounds.size()> commits;
    Histogram<round_trip_bounds_us.size()> round_trips;
    Counter commits_repeated, commit_errors;
    Counter refunds, refunds_withheld, unused_grants, unsettled, account_rejections;
    // Credit: lent by commits and spent on requests; given back because it was called back, could
    // not be shown to hold any more, or lay idle.
    Counter credit_lent, credit_spent, credit_recalled, credit_lapsed, credit_idle;
    Counter redis_connects, redis_losses;
    Counter upstream_requests, upstream_connections, upstream_handshakes;
    Counter upstream_look_up_failures;

    // Gauges: what the slot's present worker says of itself.
    std::atomic<std::uint64_t> waiting, credit_keys, redis_state, has_master, worker_pid;

    // A worker that drains after a reload leaves the gauges to the one that follows it.
    void show(Counter& gauge, std::uint64_t value) noexcept
    {
        if (worker_pid.load(std::memory_order_relaxed) == static_cast<std::uint64_t>(ngx_pid)) {
            gauge.store(value, std::memory_order_relaxed);
        }
    }

    static void add(Counter& counter, std::uint64_t n = 1) noexcept
    {
        counter.fetch_add(n, std::memory_order_relaxed);
    }
    void count(Counted verdict, std::uint64_t n = 1) noexcept
    {
        add(verdicts[static_cast<std::size_t>(verdict)], n);
    }
};

// Monotonic time, for measuring only: nginx's own has milliseconds.
std::uint64_t monotonic_us() noexcept;

// The shared zone: survives a reload, so counters only grow.
class MetricsZone {
public:
    // Declares the zone while the configuration is read. Null when out of memory.
    static ngx_shm_zone_t* declare(ngx_conf_t* cf) noexcept;

    // A worker's own.
    static Metrics& slot(ngx_shm_zone_t* zone, ngx_uint_t worker) noexcept;

    // As many as have ever been some worker's: for the counters.
    static std::span<Metrics> used(ngx_shm_zone_t* zone) noexcept;

    // Those of the workers that nginx has by its present configuration: for the gauges. A worker
    // that drains after a reload to fewer is in none of them.
    static std::span<Metrics> present(ngx_shm_zone_t* zone) noexcept;
};

}  // namespace mmx::gate
