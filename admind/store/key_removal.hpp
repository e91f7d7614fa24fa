#pragma once

// Removing keys, with everything that has their names and their old ids'. What they used stays in
// the totals of all keys. Throws Error.

#include <vector>

#include "store/key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

class KeyRemoval {
public:
    explicit KeyRemoval(Store& store) : store_(store) {}

    void remove(const KeyId& id);  // throws Error{not_found}

    // Up to change_batch_max keys in one change; returns the ids that do not exist.
    std::vector<KeyId> remove_many(const std::vector<KeyId>& ids);

private:
    Store& store_;
};

}  // namespace mmx::admin
