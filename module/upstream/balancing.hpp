#pragma once

// Where a request to an upstream { } with `mmx_server` goes: nginx's round robin chooses among the
// addresses that this worker knows. `keepalive` stands around it as around any other method.

#include "base/metrics.hpp"
#include "base/ngx.hpp"

namespace mmx::gate {

// The setter of the directive.
char* set_server(ngx_conf_t* cf, ngx_command_t* command, void* config) noexcept;

// What is known of the addresses of an upstream, this directive's or nginx's own `resolve`.
// awaited: no look-up has ended yet, or may have.
enum class Addresses { known, awaited, unknown };
Addresses addresses_of(const ngx_http_upstream_srv_conf_t* us) noexcept;

// Of a worker's process: looks up all names, from its start to its end.
void start_looking_up(ngx_cycle_t* cycle, Metrics& metrics);
void stop_looking_up() noexcept;

}  // namespace mmx::gate
