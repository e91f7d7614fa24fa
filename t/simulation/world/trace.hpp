#pragma once

// What happens, line by line, where --verbose asks for it.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx::simulation {

extern bool tracing;
extern std::uint64_t step;  // of the run

void write_trace(std::string_view text);

// text: a string, or what makes one when it is wanted.
template <class Text>
void trace(Text&& text)
{
    if (!tracing) {
        return;
    }
    if constexpr (std::is_invocable_v<Text>) {
        write_trace(text());
    } else {
        write_trace(text);
    }
}

}  // namespace mmx::simulation
