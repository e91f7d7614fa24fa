#pragma once

// The last addresses that a name was found to have, in shared memory, where they survive a worker
// and a reload: a worker that starts while DNS is down begins with them.

#include <vector>

#include "base/ngx.hpp"
#include "upstream/address_set.hpp"

namespace mmx::gate {

class KeptAddresses {
public:
    // While the configuration is read; name lives as long as that. Null when out of memory.
    static ngx_shm_zone_t* declare(ngx_conf_t* cf, ngx_str_t name) noexcept;

    explicit KeptAddresses(ngx_shm_zone_t* zone) noexcept : zone_(zone) {}

    std::vector<Address> read() const;
    void write(const std::vector<Address>& addresses) noexcept;

private:
    ngx_shm_zone_t* zone_;
};

}  // namespace mmx::gate
