#pragma once

// Which gateway key a request's headers carry. The request's fields come in one by one, as they
// stand in the request; what they amount to is asked at the end.
//
// Exactly one key of the gateway's shape counts, whatever else stands in the headers: clients send
// stale keys of other vendors beside ours. Where there is none, the fault names the header and what
// is wrong with it.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx {

enum class KeyFault : std::uint8_t {
    none,             // key() is well formed
    missing,          // no credential at all
    repeated,         // a header of one name twice
    different,        // two headers with two gateway keys
    no_bearer,        // Authorization with a key and no scheme
    doubled_bearer,   // Authorization: Bearer Bearer mmx-...
    needless_bearer,  // X-Api-Key: Bearer mmx-...
    quoted,           // the key in quotation marks
    invisible,        // with characters in or around it that no key has and nobody sees
    misplaced,        // in Api-Key, which is not read
    foreign,          // a credential of somebody else's
    malformed,        // too short, too long, or something else between
};

class PresentedKey {
public:
    // The value of an X-Api-Key header, of an Authorization header, of one that other vendors read
    // (Api-Key). Another scheme than Bearer (RFC 6750; case does not matter) is no credential of
    // ours and is passed over.
    void add_x_api_key(std::string_view value) noexcept;
    void add_authorization(std::string_view value) noexcept;
    void add_api_key(std::string_view value) noexcept;

    KeyFault fault() const noexcept;
    std::string_view key() const noexcept { return key_; }  // only when there is no fault

    // What to tell whoever sent it: a sentence that names the header at fault; empty for none and
    // missing. It holds nothing that was sent.
    std::string explanation(bool chinese) const;

private:
    enum class Header : std::uint8_t { x_api_key, authorization, api_key };

    void take_key(std::string_view key) noexcept;
    void note(KeyFault fault, Header header) noexcept;

    std::string_view key_;  // borrowed from the caller
    KeyFault fault_ = KeyFault::missing;
    Header header_ = Header::x_api_key;  // at fault
    bool seen_x_api_key_ = false, seen_authorization_ = false;
};

}  // namespace mmx
