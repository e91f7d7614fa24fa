#pragma once

// What mmx_redis names, as it was when the configuration was read.

#include <string>
#include <string_view>
#include <vector>

#include "base/ngx.hpp"
#include "host/secret_text.hpp"
#include "lib/result.hpp"
#include "redis/address.hpp"

namespace mmx::gate {

// Owned by the configuration's pool.
struct RedisTarget {
    std::vector<RedisAddress> addresses;  // none while nobody knows the name
    std::string name;                     // for logs: no credentials
    std::string user, database;
    SecretText password;
    std::string password_file;  // empty: none

    // Of a host that is named, so that it can be looked up again; else the host is empty.
    std::string host;
    in_port_t port = 0;
    ngx_resolver_t* resolver = nullptr;     // null: there is no DNS server to ask
    std::vector<std::string> names_to_ask;  // it, for: one after another
};

// A host name is looked up here for the first time; it is warned of one that nobody knows yet.
Result<RedisTarget*> resolve_redis(ngx_conf_t* cf, std::string_view url);

// When the configuration is read: who shall be asked for the name again. That is the `resolver` of
// http{}, or the servers of the system's resolv.conf. False: out of memory.
bool choose_resolver(ngx_conf_t* cf, RedisTarget& target);

}  // namespace mmx::gate
