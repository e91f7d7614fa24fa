#include "world/plan.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace mmx::simulation {
namespace {

std::int64_t draw_limit(Random& random)
{
    switch (random.below(6)) {
    case 0: return 0;
    case 1: return random.between(1, 4);
    case 2:
    case 3: return random.between(5, 30);
    default: return random.between(20, 200);
    }
}

std::int64_t draw_begin(Random& random)
{
    // 2026-11-22 12:00, 2026-11-22 23:59:58, 2026-11-30 23:59:58 and 2026-12-31 23:59:59 in
    // Shanghai; 2026-11-01 05:59:59 UTC: an hour comes twice in Chicago.
    static constexpr std::array<std::int64_t, 5> begins = {1795320000, 1795363198, 1796054398,
                                                           1798732799, 1793512799};
    return begins[static_cast<std::size_t>(random.below(std::size(begins)))];
}

}  // namespace

Plan::Plan(Random& random)
{
    gateways = static_cast<int>(random.between(1, 3));
    workers = static_cast<int>(random.between(1, 3));
    keys.resize(static_cast<std::size_t>(random.between(1, 3)));
    for (KeyPlan& key : keys) {
        key.day = draw_limit(random);
        key.month = random.chance(40) ? draw_limit(random) : 0;
        key.networks = random.chance(15) ? "10.0.0.0/8" : "";
    }
    steps = random.spread(100, 600);
    begins_at = draw_begin(random);
    timezone = random.chance(80) ? "" : "America/Chicago";
    refund_bound = random.chance(50) ? 20 : random.between(0, 3);
    timeout_ms = static_cast<std::uint64_t>(random.chance(50) ? 2000 : random.spread(100, 2000));
    allow = random.chance(5);

    delay_min_us = random.spread(20, 2000);
    delay_max_us = delay_min_us * random.spread(2, 20);
    arrival_gap_us = random.spread(200, 50'000);
    burst_max = random.between(1, 8);
    answer_max_us = random.spread(1000, 2'000'000);
    fails_percent = static_cast<int>(random.chance(60) ? random.between(0, 40) : 0);
    goes_percent = static_cast<int>(random.chance(60) ? random.between(0, 40) : 0);
    uncounted_percent = random.chance(20) ? 10 : 0;

    if (random.chance(92)) {
        const int share = static_cast<int>(random.between(15, 80));
        for (int i = 0; i < static_cast<int>(Mishap::count); ++i) {
            // Without a crash all must add up: half of the runs have none.
            const bool loses = i >= static_cast<int>(Mishap::crash);
            if (random.chance(loses ? share / 2 : share)) {
                mishaps.push_back(static_cast<Mishap>(i));
            }
        }
    }
    draw_credit(random);
    mishap_gap_us = random.spread(5'000, 1'000'000);
    change_gap_us = random.chance(60) ? random.spread(5'000, 1'000'000) : 0;
    if (busy && random.chance(8)) {
        draw_refusals(random);
    }
}

// Only a lease that counts from a commit's first sending stands against this: changes are confirmed
// while credit that was lent long ago is still being asked for.
void Plan::draw_refusals(Random& random)
{
    mishaps = {Mishap::errors};
    mishap_gap_us = random.spread(100'000, 500'000);
    change_gap_us = random.spread(20'000, 200'000);
    credit.on = true;
    credit.lease_us = random.spread(30'000, 60'000);
    gateways = workers = 1;
    keys.resize(1);
    keys[0] = {.day = 0, .month = 0, .networks = ""};
}

// After all the rest, so that what is drawn there is the same with credit and without.
void Plan::draw_credit(Random& random)
{
    credit.on = random.chance(70);
    credit.horizon_us = random.spread(100'000, 60'000'000);
    credit.lease_us = random.spread(30'000, 500'000);
    busy = random.chance(70);
    if (!busy) {
        return;
    }
    keys.resize(random.chance(60) ? 1 : keys.size());
    for (KeyPlan& key : keys) {
        key.day = random.chance(20) ? 0 : random.spread(10, 1000);
        key.month = random.chance(80) ? 0 : random.spread(10, 3000);
    }
    steps *= 2;
    arrival_gap_us = random.spread(100, 10'000);
    burst_max = random.between(1, 16);
    answer_max_us = random.spread(1000, 100'000);
}

bool Plan::has(Mishap mishap) const noexcept
{
    return std::ranges::find(mishaps, mishap) != mishaps.end();
}

bool Plan::loses_workers() const noexcept
{
    return std::ranges::any_of(mishaps, [](Mishap mishap) { return mishap >= Mishap::crash; });
}

std::string Plan::text() const
{
    static constexpr std::array<const char*, static_cast<std::size_t>(Mishap::count)> names = {
        "cut",  "silence",    "stall", "restart", "flush", "errors",
        "part", "clock_step", "stop",  "quit",    "crash", "host_death"};
    std::string said =
        std::to_string(gateways) + " gateways of " + std::to_string(workers) + " workers, keys";
    for (const KeyPlan& key : keys) {
        said += " " + std::to_string(key.day) + "/" + std::to_string(key.month) +
                (key.networks.empty() ? "" : " of " + key.networks);
    }
    said += (credit.on ? ", credit of " + std::to_string(credit.horizon_us / 1000) +
                             " ms, leased for " + std::to_string(credit.lease_us / 1000) + " ms"
                       : "") +
            ", delays " + std::to_string(delay_min_us) + " to " + std::to_string(delay_max_us) +
            " us, timeout " + std::to_string(timeout_ms) + " ms" + (allow ? ", allow" : "") +
            ", mishaps:";
    for (const Mishap mishap : mishaps) {
        said.append(" ").append(names[static_cast<std::size_t>(mishap)]);
    }
    return said;
}

}  // namespace mmx::simulation
