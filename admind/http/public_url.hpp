#pragma once

// Where browsers find the console, as the setting public_url says it: for a front that ends TLS,
// rewrites Host, or has the console below a path of its own, which it takes away again.
//
//   https://admin.example.com/gate      ->  the page is at https://admin.example.com/gate/console/

#include <string>
#include <string_view>

#include "lib/result.hpp"

namespace mmx::admin {

struct PublicUrl {
    bool secure = false;  // https
    std::string origin;   // `https://admin.example.com`, as browsers spell it: without :443
    std::string prefix;   // `/gate`; empty: none
};

// A path of letters, digits, `-._~` and slashes; no query. The fault says what was expected.
Result<PublicUrl> parse_public_url(std::string_view text);

}  // namespace mmx::admin
