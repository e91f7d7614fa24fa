#include "world/trace.hpp"

#include <cstdio>

#include "base/loop.hpp"

namespace mmx::simulation {

bool tracing = false;
std::uint64_t step = 0;

void write_trace(std::string_view text)
{
    std::printf("%6llu %11.3f ms  %.*s\n", static_cast<unsigned long long>(step),
                static_cast<double>(clock_us) / 1000, static_cast<int>(text.size()), text.data());
}

}  // namespace mmx::simulation
