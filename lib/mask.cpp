#include "lib/mask.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::size_t token_length_min = 10;
// Of a key without its prefix: what is shorter is none, but may be a file's name.
constexpr std::size_t key_length_min = 16;

bool is_key_character(char c) noexcept
{
    const char l = folded(c);
    return (l >= 'a' && l <= 'z') || is_digit(c);
}

// RFC 6750's.
bool is_token_character(char c) noexcept
{
    return is_key_character(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

void mask_behind(std::span<char> line, std::string_view mark, bool (*belongs)(char) noexcept,
                 std::size_t length_min) noexcept
{
    auto same = [](char a, char b) { return folded(a) == b; };
    for (auto at = line.begin();;) {
        at = std::search(at, line.end(), mark.begin(), mark.end(), same);
        if (at == line.end()) {
            return;
        }
        at += static_cast<std::ptrdiff_t>(mark.size());
        auto end = std::find_if_not(at, line.end(), belongs);
        if (end - at >= static_cast<std::ptrdiff_t>(length_min)) {
            std::fill(at, end, '*');
        }
    }
}

}  // namespace

void mask_keys(std::span<char> line) noexcept
{
    for (const std::string_view mark : {"mmx-", "mmxadm-", "mmx_session="}) {
        mask_behind(line, mark, is_key_character, key_length_min);
    }
    mask_behind(line, "bearer ", is_token_character, token_length_min);
}

}  // namespace mmx
