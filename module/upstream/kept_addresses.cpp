#include "upstream/kept_addresses.hpp"

#include <algorithm>
#include <array>

namespace mmx::gate {
namespace {

struct Kept {
    std::size_t count;
    std::array<Address, addresses_max> addresses;
};

// nginx's own bookkeeping of a zone, and what is kept.
constexpr std::size_t zone_size = sizeof(Kept) + 8 * 4096;

ngx_slab_pool_t* pool_of(ngx_shm_zone_t* zone) noexcept
{
    return reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
}

ngx_int_t init_zone(ngx_shm_zone_t* zone, void* previous) noexcept
{
    ngx_slab_pool_t* pool = pool_of(zone);
    if (previous != nullptr || zone->shm.exists) {
        zone->data = previous != nullptr ? previous : pool->data;
        return NGX_OK;
    }
    pool->data = zone->data = ngx_slab_calloc(pool, sizeof(Kept));
    return zone->data != nullptr ? NGX_OK : NGX_ERROR;
}

class Lock {
public:
    explicit Lock(ngx_shm_zone_t* zone) noexcept : mutex_(pool_of(zone)->mutex)
    {
        ngx_shmtx_lock(&mutex_);
    }
    ~Lock() { ngx_shmtx_unlock(&mutex_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    ngx_shmtx_t& mutex_;
};

}  // namespace

ngx_shm_zone_t* KeptAddresses::declare(ngx_conf_t* cf, ngx_str_t name) noexcept
{
    ngx_shm_zone_t* zone = ngx_shared_memory_add(cf, &name, zone_size, &ngx_http_mmx_module);
    if (zone != nullptr) {
        zone->init = init_zone;
    }
    return zone;
}

std::vector<Address> KeptAddresses::read() const
{
    std::vector<Address> found;
    found.reserve(addresses_max);  // nothing throws under the lock
    Lock lock(zone_);
    const auto& kept = *static_cast<Kept*>(zone_->data);
    found.assign(kept.addresses.begin(), kept.addresses.begin() + kept.count);
    return found;
}

void KeptAddresses::write(const std::vector<Address>& addresses) noexcept
{
    Lock lock(zone_);
    auto& kept = *static_cast<Kept*>(zone_->data);
    kept.count = std::min(addresses.size(), addresses_max);
    std::copy_n(addresses.begin(), kept.count, kept.addresses.begin());
}

}  // namespace mmx::gate
