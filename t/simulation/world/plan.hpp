#pragma once

// What a seed stands for: how many gateways, workers and keys, how fast the network, and what goes
// wrong how often. Drawn first, so that a run can be described in a few lines.

#include <cstdint>
#include <string>
#include <vector>

#include "commits/key_credit.hpp"
#include "world/random.hpp"

namespace mmx::simulation {

struct KeyPlan {
    std::int64_t day = 0, month = 0;  // limits; 0: none
    std::string networks;
};

// What may happen beside requests.
enum class Mishap : std::uint8_t {
    cut,         // a connection to Redis, noticed at once
    silence,     // one that only times out
    stall,       // Redis answers nobody for a while
    restart,     // Redis is away for a moment, and its scripts are gone
    flush,       // its scripts are gone
    errors,      // Redis answers errors for a while, whether a command ran or not
    part,        // a gateway is cut off
    clock_step,  // Redis' clock jumps
    stop,        // a worker is stopped and continued
    quit,        // a worker is replaced by another, as in a reload
    crash,       // a worker is
    host_death,  // all workers of a gateway are
    count,
};

struct Plan {
    explicit Plan(Random& random);

    std::string text() const;

    int gateways = 1, workers = 1;  // of each gateway
    std::vector<KeyPlan> keys;
    std::int64_t steps = 0;
    std::int64_t begins_at = 0;  // seconds since 1970, by Redis' clock
    std::string timezone;
    std::int64_t refund_bound = 20;
    std::uint64_t timeout_ms = 2000;
    bool allow = false;  // mmx_on_redis_error
    gate::CreditTerms credit;
    bool busy = false;  // so many requests that credit is lent

    std::int64_t delay_min_us = 0, delay_max_us = 0;  // of the network, one way
    std::int64_t arrival_gap_us = 0;                  // between bursts of requests
    std::int64_t burst_max = 1;
    std::int64_t answer_max_us = 0;  // what MiniMax takes
    int fails_percent = 0;           // of requests that MiniMax fails
    int goes_percent = 0;            // of clients that go before they are answered
    int uncounted_percent = 0;

    std::vector<Mishap> mishaps;  // those that happen; empty: a quiet run
    std::int64_t mishap_gap_us = 0;
    std::int64_t change_gap_us = 0;  // between what the daemon changes; 0: nothing

    // Nothing goes wrong, and there is time for everything.
    bool quiet() const noexcept
    {
        return mishaps.empty() && delay_max_us * 20 < static_cast<std::int64_t>(timeout_ms) * 1000;
    }
    // What they held is in the ledger, unless it dies with the host.
    bool loses_workers() const noexcept;
    bool loses_hosts() const noexcept { return has(Mishap::host_death); }
    bool steps_clock() const noexcept { return has(Mishap::clock_step); }
    bool stops_workers() const noexcept { return has(Mishap::stop); }

private:
    bool has(Mishap mishap) const noexcept;
    void draw_credit(Random& random);
    void draw_refusals(Random& random);
};

}  // namespace mmx::simulation
