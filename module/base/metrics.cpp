#include "base/metrics.hpp"

#include <algorithm>

namespace mmx::gate {
namespace {

struct Slots {
    std::atomic<std::size_t> used;
    std::array<Metrics, metrics_slots> slots;
};

// nginx's own bookkeeping of a zone, the slots, and room to align them.
constexpr std::size_t zone_size = sizeof(Slots) + 16 * 4096;

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* previous) noexcept
{
    if (previous != nullptr) {  // a reload: go on counting
        zone->data = previous;
        return NGX_OK;
    }

    auto* pool = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (zone->shm.exists) {
        zone->data = pool->data;
        return NGX_OK;
    }
    void* memory = ngx_slab_calloc(pool, sizeof(Slots) + alignof(Slots));
    if (memory == nullptr) {
        return NGX_ERROR;
    }
    pool->data = ngx_align_ptr(memory, alignof(Slots));
    zone->data = ::new (pool->data) Slots();
    return NGX_OK;
}

}  // namespace

std::string_view counted_word(Counted verdict) noexcept
{
    // In the order of Counted.
    static constexpr std::string_view words[] = {
        "admitted",
        "admitted_locally",
        "admitted_uncounted",
        "missing_key",
        "malformed_key",
        "not_offered",
        "unknown_key",
        "key_disabled",
        "key_expired",
        "address_not_allowed",
        "day_exhausted",
        "month_exhausted",
        "gateway_unavailable",
        "upstream_not_configured",
        "upstream_unresolved",
        "client_gone",
    };
    static_assert(std::size(words) == static_cast<std::size_t>(Counted::count));
    return words[static_cast<std::size_t>(verdict)];
}

std::string_view redis_state_word(RedisState state) noexcept
{
    // In the order of RedisState.
    static constexpr std::string_view words[] = {
        "connecting", "resolving", "lost",   "auth",    "replica",
        "cluster",    "loading",   "script", "refused", "ready",
    };
    static_assert(std::size(words) == static_cast<std::size_t>(RedisState::count));
    return words[static_cast<std::size_t>(state)];
}

std::uint64_t monotonic_us() noexcept
{
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

ngx_shm_zone_t* MetricsZone::declare(ngx_conf_t* cf) noexcept
{
    ngx_str_t name = ngx_string("mmx_status");
    ngx_shm_zone_t* zone = ngx_shared_memory_add(cf, &name, zone_size, &ngx_http_mmx_module);
    if (zone != nullptr) {
        zone->init = init_zone;
    }
    return zone;
}

Metrics& MetricsZone::slot(ngx_shm_zone_t* zone, ngx_uint_t worker) noexcept
{
    auto& all = *static_cast<Slots*>(zone->data);
    const std::size_t index = worker % metrics_slots;
    std::size_t used = all.used.load(std::memory_order_relaxed);
    while (used <= index && !all.used.compare_exchange_weak(used, index + 1)) {
    }
    return all.slots[index];
}

std::span<Metrics> MetricsZone::used(ngx_shm_zone_t* zone) noexcept
{
    auto& all = *static_cast<Slots*>(zone->data);
    return std::span(all.slots).first(all.used.load(std::memory_order_relaxed));
}

std::span<Metrics> MetricsZone::present(ngx_shm_zone_t* zone) noexcept
{
    const auto* core =
        reinterpret_cast<ngx_core_conf_t*>(ngx_get_conf(ngx_cycle->conf_ctx, ngx_core_module));
    const std::size_t workers =
        ngx_process == NGX_PROCESS_SINGLE ? 1 : static_cast<std::size_t>(core->worker_processes);
    return std::span(static_cast<Slots*>(zone->data)->slots)
        .first(std::min(workers, metrics_slots));
}

}  // namespace mmx::gate
