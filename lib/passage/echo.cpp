#include "lib/passage/echo.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace mmx {
namespace {

bool contains(std::string_view text, std::string_view secret) noexcept
{
    return text.size() >= secret.size() &&
           ::memmem(text.data(), text.size(), secret.data(), secret.size()) != nullptr;
}

// How many of the text's last bytes are the secret's first ones, at most all but one of those.
std::size_t beginning_at_end(std::string_view text, std::string_view secret) noexcept
{
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
