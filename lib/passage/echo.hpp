#pragma once

// A secret in a text that comes in pieces, found before its last byte has been passed on.
//
// What could be its beginning at a piece's end is held until the next piece tells. Held bytes are
// the secret's own first ones, so that their number is all there is to remember:
//
//     EchoStep step = look_for(secret, held, piece);
//     // pass secret[0, step.freed), then all of piece but its last step.kept bytes
//     held = step.held;

#include <cstddef>
#include <string_view>

namespace mmx {

struct EchoStep {
    bool found = false;     // the secret stands in what was held and the piece: pass nothing
    std::size_t freed = 0;  // of the bytes held so far
    std::size_t kept = 0;   // of the piece
    std::size_t held = 0;   // from now on
};

// Constant in memory, linear in the piece. The secret is not empty; held is less than its length.
EchoStep look_for(std::string_view secret, std::size_t held, std::string_view piece);

}  // namespace mmx
