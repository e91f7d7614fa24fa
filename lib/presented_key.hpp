#pragma once

// Which gateway key a request's headers carry. The request's fields come in one by one, as they
// stand in the request; what they amount to is asked at the end.

#include <string_view>

namespace mmx {

enum class KeyFault {
    none,       // key() is well formed
    missing,    // no credential at all
    malformed,  // wrong shape, twice the same header, or two headers that disagree
};

class PresentedKey {
public:
    // The value of an X-Api-Key header, of an Authorization header. Another scheme than Bearer
    // (RFC 6750; case does not matter) is no credential of ours and is passed over.
    void add_x_api_key(std::string_view value) noexcept;
    void add_authorization(std::string_view value) noexcept;

    KeyFault fault() const noexcept;
    std::string_view key() const noexcept { return x_api_key_.empty() ? bearer_ : x_api_key_; }

private:
    std::string_view x_api_key_, bearer_;  // borrowed from the caller
    bool seen_x_api_key_ = false, seen_authorization_ = false, repeated_ = false;
};

}  // namespace mmx
