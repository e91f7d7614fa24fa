#pragma once

// Whether MiniMax refuses our own account: no request of anybody gets through then.

#include <cstdint>

#include "check/finding.hpp"
#include "store/settings.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::int64_t account_refused_now_s = 900;  // so long a refusal counts as present

// A failure for refusals of the last account_refused_now_s, a warning for those of earlier today.
void check_account(Store& store, const Settings& settings, Findings& findings);

}  // namespace mmx::admin
