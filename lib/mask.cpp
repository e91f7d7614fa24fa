#include "lib/mask.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::size_t secret_length_min = 10;

bool is_token_character(char c) noexcept
{
    char l = folded(c);
    return (l >= 'a' && l <= 'z') || is_digit(c) ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

void mask_behind(std::span<char> line, std::string_view mark) noexcept
{
    auto same = [](char a, char b) { return folded(a) == b; };
    for (auto at = line.begin();;) {
        at = std::search(at, line.end(), mark.begin(), mark.end(), same);
        if (at == line.end()) {
            return;
        }
        at += static_cast<std::ptrdiff_t>(mark.size());
        auto end = std::find_if_not(at, line.end(), is_token_character);
        if (end - at >= static_cast<std::ptrdiff_t>(secret_length_min)) {
            std::fill(at, end, '*');
        }
    }
}

}  // namespace

void mask_keys(std::span<char> line) noexcept
{
    mask_behind(line, "mmx-");
    mask_behind(line, "bearer ");
}

}  // namespace mmx
