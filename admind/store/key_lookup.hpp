#pragma once

// The key that somebody means. After a rotation the old id, and the old key, stand for the new one
// as long as the old id's record is kept. Throws Error, with what was expected.

#include <cstddef>
#include <string_view>

#include "lib/api_key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t short_id_min = 6;  // hex digits

class KeyLookup {
public:
    explicit KeyLookup(Store& store) : store_(store) {}

    KeyId resolve(std::string_view text);         // an id, or the beginning of one
    KeyId resolve_key(std::string_view api_key);  // a whole gateway key

private:
    KeyId follow_alias(const KeyId& id, std::string_view what);

    Store& store_;
};

}  // namespace mmx::admin
