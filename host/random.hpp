#pragma once

// Random bytes from the system's CSPRNG.

#include <cstdint>
#include <span>

namespace mmx {

// Throws std::runtime_error when the system has none to give.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace mmx
