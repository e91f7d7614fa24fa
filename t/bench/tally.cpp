#include "tally.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bench {

std::string Tally::json(std::string_view name)
{
    std::sort(times_.begin(), times_.end());
    const auto at = [&](double share) {
        const auto index = static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1));
        return times_.empty() ? 0.0 : static_cast<double>(times_[index]) / 1000.0;
    };
    const std::string prefix = "\"" + std::string(name);
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), R"(%s_p50_us":%.1f,%s_p99_us":%.1f,%s_max_us":%.1f)",
                  prefix.c_str(), at(0.5), prefix.c_str(), at(0.99), prefix.c_str(), at(1));
    return text.data();
}

}  // namespace bench
