#include "lib/passage/echo.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace mmx {
namespace {

// Letters that prose and code have seldom, and figures in hexadecimal never.
constexpr auto is_rare = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("HJKQVWXYZjqxz")) {
        table[static_cast<std::uint8_t>(c)] = true;
    }
    return table;
}();

// By the first of the secret's bytes that are rare: memchr() passes over 32 bytes at a time, where
// memmem() prepares a table for each piece, of a stream's few bytes, too.
bool contains(std::string_view text, std::string_view secret) noexcept
{
    if (text.size() < secret.size()) {
        return false;
    }
    const auto* found =
        std::ranges::find_if(secret, [](char c) { return is_rare[static_cast<std::uint8_t>(c)]; });
    const std::size_t rare = found != secret.end() ? found - secret.begin() : 0;
    // Where that byte can stand.
    const std::string_view places = text.substr(rare, text.size() - secret.size() + 1);
    for (std::size_t at = places.find(secret[rare]); at != places.npos;
         at = places.find(secret[rare], at + 1)) {
        if (text.compare(at, secret.size(), secret) == 0) {
            return true;
        }
    }
    return false;
}

// How many of the text's last bytes are the secret's first ones, at most all but one of those.
std::size_t beginning_at_end(std::string_view text, std::string_view secret) noexcept
{
    if (text.empty() || secret.find(text.back()) == secret.npos) {
        return 0;  // as of any object of JSON, and any event of a stream
    }
    text.remove_prefix(text.size() - std::min(text.size(), secret.size() - 1));
    for (std::size_t at = text.find(secret.front()); at != text.npos;
         at = text.find(secret.front(), at + 1)) {
        if (secret.starts_with(text.substr(at))) {
            return text.size() - at;
        }
    }
    return 0;
}

}  // namespace

EchoStep look_for(std::string_view secret, std::size_t held, std::string_view piece)
{
    if (contains(piece, secret)) {
        return {.found = true};
    }
    if (held == 0) {
        const std::size_t now = beginning_at_end(piece, secret);
        return {.kept = now, .held = now};
    }
    // What lies across the border. A piece that is longer ends beyond it.
    std::string seam(secret.substr(0, held));
    seam.append(piece.substr(0, secret.size() - 1));
    if (contains(seam, secret)) {
        return {.found = true};
    }
    const bool whole = piece.size() < secret.size();
    const std::size_t now = beginning_at_end(whole ? std::string_view(seam) : piece, secret);
    const std::size_t kept = std::min(now, piece.size());
    return {.freed = held - (now - kept), .kept = kept, .held = now};
}

}  // namespace mmx
