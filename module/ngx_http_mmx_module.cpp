// ngx_http_mmx_module: the tables that nginx reads, and nothing else. From here on a request with
// `mmx on` goes through
//
//   phases/access                on_access(), entered first
//     phases/credential          its key, read and made unsendable
//     phases/offer               whether its endpoint is one that this gateway offers
//     commits/admission          its record, from now on until the log
//     commits/worker_commits     join(): it waits in its key's
//     commits/key_commits          commits, no longer than
//     commits/deadlines            its deadline
//   redis/connection             all keys' commits of this turn of the loop, in one write
//     commits/key_commits        the answer: admits or refuses those who wait, and wakes them
//   phases/access                on_access() again, with the verdict:
//     phases/refusal             what a refused client is told, or
//     phases/variables           the master key for proxy_pass, and
//     phases/limit_headers       what is left of the limits, beside the upstream's answer
//     phases/upstream_answer     an error answer, held until it is known whose fault it tells
//     phases/echo_guard          any answer, which may not show the master key
//   upstream/connections         a connection to the upstream, kept or new
//     upstream/balancing           to one of its addresses, which
//     upstream/resolved_name         this worker looks up
//   phases/log                   on_log(): what nobody got anything of is settled as a refund
//
// phases/error_page stands beside the way: nginx' own errors, in the client's dialect.

#include <algorithm>

#include "base/ngx.hpp"
#include "config/config.hpp"
#include "directives.hpp"
#include "phases/access.hpp"
#include "phases/echo_guard.hpp"
#include "phases/error_page.hpp"
#include "phases/limit_headers.hpp"
#include "phases/log.hpp"
#include "phases/upstream_answer.hpp"
#include "phases/variables.hpp"
#include "upstream/connections.hpp"
#include "upstream/upstream_config.hpp"
#include "worker.hpp"

namespace mmx::gate {
namespace {

// Puts the handler before all others of its phase in the array, whoever else is loaded.
bool push_front(ngx_conf_t* cf, ngx_http_phases phase, ngx_http_handler_pt handler) noexcept
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    ngx_array_t& handlers = core->phases[phase].handlers;
    if (ngx_array_push(&handlers) == nullptr) {
        return false;
    }
    auto* all = static_cast<ngx_http_handler_pt*>(handlers.elts);
    std::copy_backward(all, all + handlers.nelts - 1, all + handlers.nelts);
    all[0] = handler;
    return true;
}

void watch_upstreams(ngx_conf_t* cf) noexcept
{
    auto* config =
        static_cast<MainConfig*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_mmx_module));
    if (config->upstreams == nullptr) {
        return;
    }
    auto* all = static_cast<ngx_http_upstream_srv_conf_t**>(config->upstreams->elts);
    std::for_each(all, all + config->upstreams->nelts, [&](ngx_http_upstream_srv_conf_t* us) {
        watch_connections(us, config->metrics);
    });
}

ngx_int_t install(ngx_conf_t* cf) noexcept
{
    // nginx runs access handlers from the last of the array to the first: ours comes after
    // allow/deny, auth_basic and auth_request, so that what they refuse is never counted. Log
    // handlers run from the first: ours comes before any log line is written.
    if (complete_config(cf) != NGX_OK || !push_front(cf, NGX_HTTP_ACCESS_PHASE, on_access) ||
        !push_front(cf, NGX_HTTP_PREACCESS_PHASE, on_upgrade) ||
        !push_front(cf, NGX_HTTP_LOG_PHASE, on_log)) {
        return NGX_ERROR;
    }
    install_echo_guard();
    install_limit_headers();
    install_upstream_answer();
    watch_upstreams(cf);
    return NGX_OK;
}

ngx_http_module_t context = {
    add_variables,
    install,
    create_main_config,
    init_main_config,
    create_upstream_config,
    nullptr,  // merge server configuration
    create_location_config,
    merge_location_config,
};

}  // namespace
}  // namespace mmx::gate

ngx_module_t ngx_http_mmx_module = {
    NGX_MODULE_V1,
    &mmx::gate::context,
    mmx::gate::directives,
    NGX_HTTP_MODULE,
    nullptr,  // init master
    mmx::gate::start_cycle,
    mmx::gate::start_worker,
    nullptr,  // init thread
    nullptr,  // exit thread
    mmx::gate::stop_worker,
    nullptr,  // exit master
    NGX_MODULE_V1_PADDING,
};
