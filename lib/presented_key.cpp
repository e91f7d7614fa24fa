#include "lib/presented_key.hpp"

#include "lib/api_key.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::string_view bearer = "bearer";

// The token of `Bearer <token>`, or nothing for another scheme.
std::string_view bearer_token(std::string_view value) noexcept
{
    if (!starts_with_folded(value, bearer) || value.substr(bearer.size(), 1) != " ") {
        return {};
    }
    return trim(value.substr(bearer.size()));
}

}  // namespace

void PresentedKey::add_x_api_key(std::string_view value) noexcept
{
    repeated_ = repeated_ || seen_x_api_key_;
    seen_x_api_key_ = true;
    x_api_key_ = trim(value);
}

void PresentedKey::add_authorization(std::string_view value) noexcept
{
    repeated_ = repeated_ || seen_authorization_;
    seen_authorization_ = true;
    bearer_ = bearer_token(trim(value));
}

KeyFault PresentedKey::fault() const noexcept
{
    if (repeated_ || (!x_api_key_.empty() && !bearer_.empty() && x_api_key_ != bearer_)) {
        return KeyFault::malformed;
    }
    if (key().empty()) {
        return KeyFault::missing;
    }
    return is_well_formed_api_key(key()) ? KeyFault::none : KeyFault::malformed;
}

}  // namespace mmx
