#pragma once

// Counts by name beside a day's figures: why requests were refused, how often and when MiniMax
// refused our own account. Names are a closed set but for MiniMax' codes, so their number has a
// bound of its own.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/commit.hpp"

namespace mmx {

inline constexpr std::size_t tallies_max = 64;  // names pending; what comes beyond is not counted

struct Tally {
    Date date;
    std::string name;  // `denied:day_exhausted`, `account:402:1008`
    std::int64_t count = 0;
    std::int64_t first = 0, last = 0;  // seconds since 1970; 0: times are not kept
};

class Tallies {
public:
    bool empty() const noexcept { return pending_.empty(); }
    std::span<const Tally> all() const noexcept { return pending_; }

    // time: 0 where times are not kept.
    void add(const Date& date, std::string_view name, std::int64_t count, std::int64_t time);

    void clear() noexcept { pending_.clear(); }

private:
    std::vector<Tally> pending_;
};

}  // namespace mmx
