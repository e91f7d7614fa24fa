// A request's headers: `x` and a value is an X-Api-Key, `a` and a value an Authorization, `k`
// an Api-Key, a line each. What is taken for a key must be one, and must stand in a header.

#include "fuzz.hpp"
#include "lib/api_key.hpp"
#include "lib/presented_key.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = mmx::fuzz::text(data, size);
    mmx::PresentedKey credential;
    int x_api_keys = 0, authorizations = 0, api_keys = 0;
    while (!input.empty()) {
        const std::string_view line = mmx::fuzz::take_line(input);
        if (line.starts_with('x')) {
            credential.add_x_api_key(line.substr(1));
            ++x_api_keys;
        } else if (line.starts_with('a')) {
            credential.add_authorization(line.substr(1));
            ++authorizations;
        } else if (line.starts_with('k')) {
            credential.add_api_key(line.substr(1));
            ++api_keys;
        }
    }
    const std::string_view key = credential.key();
    const bool repeated = x_api_keys > 1 || authorizations > 1;
    switch (credential.fault()) {
    case mmx::KeyFault::none:
        mmx::fuzz::check(mmx::is_well_formed_api_key(key), "a key that is none");
        mmx::fuzz::check(!repeated, "a key from repeated headers");
        mmx::fuzz::check(mmx::fuzz::text(data, size).find(key) != std::string_view::npos,
                         "a key nobody sent");
        break;
    case mmx::KeyFault::missing: mmx::fuzz::check(key.empty(), "a key goes missing"); break;
    default:
        mmx::fuzz::check(x_api_keys + authorizations + api_keys > 0, "a fault out of nothing");
        mmx::fuzz::check(!credential.explanation(false).empty() &&
                             credential.explanation(false).find("{") == std::string::npos,
                         "a fault without a word");
        break;
    }
    return 0;
}
