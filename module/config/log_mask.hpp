#pragma once

// Keeps API keys out of nginx's own error log. At `info` nginx quotes the header lines that it
// refuses, before any module sees the request; at `debug` it prints all of them. At `error` it
// quotes those of an upstream.

#include "base/ngx.hpp"
#include "base/settings.hpp"

namespace mmx::gate {

// While the configuration is read: remembers a location's error log. False: out of memory.
bool remember_log(ngx_conf_t* cf, ngx_array_t*& logs, ngx_log_t* log) noexcept;

// When all of it is read: takes debug_http, which prints whole headers, out of the remembered logs
// and those chained behind them, and puts a writer before each that masks keys in every line, and
// leaves it one line. The writers go before the module's code does. NGX_OK, or NGX_ERROR when out
// of memory.
ngx_int_t mask_logs(ngx_cycle_t* cycle, const ngx_array_t* logs) noexcept;

// From now on the master key is masked, too: nginx quotes header lines of an answer that it cannot
// read, and a front that echoes requests has it in one. Null: there is none any more.
void mask_master_in_logs(const Settings* settings) noexcept;

}  // namespace mmx::gate
