#pragma once

// Whether who asks is still there when what they asked for is about to be done: a request may wait
// long, for a hash above all, after its session or token was looked at.

#include "auth/principal.hpp"
#include "store/store.hpp"

namespace mmx::admin {

// Throws Error{unauthenticated} where the session or token has ended since. Whatever ends one by
// people's will is a change, and so none comes between this and the change that it stands before
// (Store::apply).
void require_present(Store& store, const Principal& principal);

}  // namespace mmx::admin
