#pragma once

// Giving a key a new text and id: its description, counters and history go with it, and the old key
// works on for a while. Throws Error.

#include <cstdint>

#include "store/key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::int64_t grace_default = 86400;  // seconds for which the old key works on

struct RotatedKey {
    NewKey key;              // its text, id and user
    std::int64_t until = 0;  // when the old key ends; seconds since 1970
};

class KeyRotation {
public:
    explicit KeyRotation(Store& store) : store_(store) {}

    RotatedKey rotate(const KeyId& id, std::int64_t grace);  // seconds

private:
    Store::Change decide(const KeyId& id, const NewKey& replacement, std::int64_t grace,
                         std::int64_t now);

    Store& store_;
};

}  // namespace mmx::admin
