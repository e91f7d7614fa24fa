#pragma once

// What mmx_redis names, resolved when the configuration is read.

#include <string>
#include <string_view>

#include "base/ngx.hpp"
#include "host/secret_text.hpp"

namespace mmx::gate {

// Owned by the configuration's pool.
struct RedisTarget {
    ngx_addr_t* addresses = nullptr;  // at least one
    ngx_uint_t address_count = 0;
    std::string name;  // for logs: no credentials
    std::string user, database;
    SecretText password;
};

// A host name is looked up here, once, as in proxy_pass. Null on a fault, and fault then says
// which; empty: out of memory.
RedisTarget* resolve_redis(ngx_conf_t* cf, std::string_view url, std::string& fault);

}  // namespace mmx::gate
