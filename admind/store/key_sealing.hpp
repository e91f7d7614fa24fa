#pragma once

// The rights of keys that a release before made: it kept them in the record alone, so they are
// sealed once, as they are found then. Whether that was done is told by the sealed check in the
// settings and by nothing else: afterwards a key without sealed rights has lost them.

#include <cstddef>

#include "store/store.hpp"

namespace mmx::admin {

// One process' way through the keys, a bounded step at a time. A second process does no harm.
class KeySealing {
public:
    // Whether more is to be done. Throws Error.
    bool step(Store& store);

    // Whether all are sealed. Once this says so it stays: a check of before that somebody puts back
    // later has nothing sealed anew.
    bool is_done() const noexcept { return done_; }

    std::size_t sealed() const noexcept { return sealed_; }

private:
    bool end(Store& store);

    bool done_ = false;
    std::size_t at_ = 0;        // how many of the keys, by age, this round has looked at
    std::size_t in_round_ = 0;  // sealed in it
    std::size_t sealed_ = 0;
};

}  // namespace mmx::admin
