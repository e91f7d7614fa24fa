#pragma once

// Accounts and API tokens of releases that did not seal them yet. Whether there are any is told by
// the sealed check in the settings and by nothing else, so this happens once: afterwards a record
// that is not sealed is nobody, whoever writes it.

#include <cstddef>
#include <optional>

#include "store/store.hpp"

namespace mmx::admin {

struct SealedRecords {
    std::size_t accounts = 0, tokens = 0;
};

// Seals them, in one MULTI with an audit entry. Their sessions end: nothing binds those to an
// account as it is. Nothing where all are sealed already. Throws Error.
std::optional<SealedRecords> seal_old_records(Store& store);

}  // namespace mmx::admin
