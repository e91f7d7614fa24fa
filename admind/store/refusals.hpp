#pragma once

// What strangers were refused: failed log-ins and set-up attempts. Counted each, and told in a
// stream of their own, which is bounded and chained to nothing: whoever floods it pushes out others
// like it, never what the audit trail keeps, and no change waits for it. Throws Error.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t refusals_kept_max = 10000;  // the oldest go first

inline constexpr std::string_view refused_login = "session.refuse", refused_setup = "setup.refuse";

// failures: how many the entry tells of, of the client's address; 0: it is counted only.
void note_refusal(Store& store, std::string_view action, std::string_view object,
                  std::int64_t failures);

// How many there ever were, by action.
std::map<std::string, std::int64_t> refusal_counts(Store& store);

}  // namespace mmx::admin
