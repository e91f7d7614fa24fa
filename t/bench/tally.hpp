// Times of one kind, and what stands in the middle and near the end of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Tally {
public:
    void add(std::int64_t ns) { times_.push_back(ns); }

    // `"NAME_p50_us":1.5,"NAME_p99_us":…,"NAME_max_us":…`; zeros when there was none.
    std::string json(std::string_view name);

private:
    std::vector<std::int64_t> times_;
};

}  // namespace bench
