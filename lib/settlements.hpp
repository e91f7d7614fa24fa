#pragma once

// What is due to a key's counters, by quota day: figures of one day add up to one settlement;
// what came by aliases of other keys to one of its own.

#include <cstdint>
#include <span>
#include <vector>

#include "lib/commit.hpp"

namespace mmx {

class Settlements {
public:
    bool empty() const noexcept { return due_.empty(); }
    std::span<const Settlement> all() const noexcept { return due_; }
    std::span<Settlement> all() noexcept { return due_; }

    void add(const Date& date, Figure figure, std::int64_t delta);
    void add(const Settlement& settlement);
    void add(const Settlements& others);

    // The first commit_settlements_max of them, which are then due here no more.
    Settlements take();

    void clear() noexcept { due_.clear(); }

private:
    Settlement& of(const Date& date, std::uint8_t moves);

    std::vector<Settlement> due_;
};

}  // namespace mmx
