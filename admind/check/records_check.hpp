#pragma once

// Whether what Redis lists as accounts and API tokens is what we sealed.

#include "check/finding.hpp"
#include "store/settings.hpp"
#include "store/store.hpp"

namespace mmx::admin {

// A failure where a listed record does not open: it counts as absent, and somebody wrote it.
void check_records(Store& store, const Settings& settings, Findings& findings);

}  // namespace mmx::admin
