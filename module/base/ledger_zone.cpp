#include "base/ledger_zone.hpp"

namespace mmx::gate {
namespace {

// nginx's own bookkeeping of so many bytes, generously.
constexpr std::size_t slab_share = 64;
constexpr std::size_t slab_pages = 8;

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* previous) noexcept
{
    if (previous != nullptr) {
        zone->data = previous;
        return NGX_OK;
    }
    auto* pool = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (zone->shm.exists) {
        zone->data = pool->data;
        return NGX_OK;
    }
    const std::size_t kept = zone->shm.size / slab_share + slab_pages * ngx_pagesize;
    if (zone->shm.size < kept + sizeof(LedgerMemory) + sizeof(LedgerMemory::Chunk)) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "mmx_ledger is too small: give it 2m");
        return NGX_ERROR;
    }
    const std::size_t size = zone->shm.size - kept;
    // Fresh pages of the kernel's are zeros already, and stay unused memory until they are needed.
    void* memory = ngx_slab_alloc(pool, size);
    if (memory == nullptr) {
        return NGX_ERROR;
    }
    return ngx::guard(zone->shm.log, ngx_int_t{NGX_ERROR}, [&] {
        pool->data = zone->data = LedgerMemory::make(memory, size);
        return ngx_int_t{NGX_OK};
    });
}

}  // namespace

ngx_shm_zone_t* declare_ledger(ngx_conf_t* cf, std::size_t size) noexcept
{
    ngx_str_t name = ngx_string("mmx_ledger");
    ngx_shm_zone_t* zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_mmx_module);
    if (zone != nullptr) {
        zone->init = init_zone;
    }
    return zone;
}

LedgerMemory* ledger_memory(const ngx_shm_zone_t* zone) noexcept
{
    return zone != nullptr ? static_cast<LedgerMemory*>(zone->data) : nullptr;
}

}  // namespace mmx::gate
