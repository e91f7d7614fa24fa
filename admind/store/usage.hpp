#pragma once

// What was used, day by day: of one key, or of all that there were that day, those deleted since
// among them, as the gateways have summed them up to a second ago. Throws Error.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/redis_keys.hpp"
#include "store/store.hpp"

namespace mmx::admin {

// Counts in the order of redis_keys::figures.
struct Figures {
    std::array<std::int64_t, std::size(redis_keys::figures)> counts{};

    Figures& operator+=(const Figures& other) noexcept;
};

// The place of a figure's name in Figures, or nothing.
std::optional<std::size_t> figure_index(std::string_view name) noexcept;

struct DayUsage {
    std::string date;
    Figures figures;
    // What was denied by verdict (`day_exhausted`), as far as the day's total tells; of one key
    // nothing does.
    std::map<std::string, std::int64_t> denied_by = {};
};

class Usage {
public:
    explicit Usage(Store& store) : store_(store) {}

    // Of every date of from to to, zeros included; without an id of all keys.
    std::vector<DayUsage> days(const std::optional<KeyId>& id, std::string_view from,
                               std::string_view to);

private:
    Store& store_;
};

}  // namespace mmx::admin
