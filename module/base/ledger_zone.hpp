#pragma once

// The ledger's memory as a shared zone of nginx. It outlives workers and reloads, and ends with the
// master; a reload that gives it another size begins a new one, and workers of before finish on
// theirs.

#include <cstddef>

#include "base/ledger.hpp"
#include "base/ngx.hpp"

namespace mmx::gate {

// Declares the zone while the configuration is read. Null when out of memory.
ngx_shm_zone_t* declare_ledger(ngx_conf_t* cf, std::size_t size) noexcept;

// zone: null where there is none.
LedgerMemory* ledger_memory(const ngx_shm_zone_t* zone) noexcept;

}  // namespace mmx::gate
