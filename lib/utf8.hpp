#pragma once

// UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mmx {

// The bytes of the character that text begins with, 1 to 4, or 0 when it begins with none.
constexpr std::size_t utf8_length(std::string_view text) noexcept
{
    auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
    };
    auto tail = [&](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
    const std::uint8_t lead = byte(0);
    if (text.empty() || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4) {
        return 0;
    }
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xe0) {
        return tail(1) ? 2 : 0;
    }
    // The second byte's range depends on the first: that is where overlong forms, surrogates and
    // numbers too large are told apart.
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high || !tail(2)) {
        return 0;
    }
    if (lead < 0xf0) {
        return 3;
    }
    return tail(3) ? 4 : 0;
}

}  // namespace mmx
