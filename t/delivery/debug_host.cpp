// Plays nginx for check_debug_connection(), which test_debug_builds.py compiles and links with it.
// NGX_DEBUG says which kind of nginx is played; the check's own may differ. The event module's
// structure ends where the memory does, so whoever reads past its end dies of it.
//
// Prints "passed" or "refused". Arguments: the networks named by debug_connection.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "config/config_checks.hpp"

ngx_module_t ngx_events_module = {};
ngx_module_t ngx_event_core_module = {};
ngx_module_t ngx_http_core_module = {};

#if (NGX_DEBUG)
// What only nginx made --with-debug has.
void ngx_debug_accepted_connection(ngx_event_conf_t*, ngx_connection_t*) {}
#endif

void ngx_conf_log_error(ngx_uint_t, ngx_conf_t*, ngx_err_t, const char* text, ...)
{
    std::fprintf(stderr, "%s\n", text);
}

namespace {

void* at_the_end_of_memory(std::size_t size)
{
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* pages =
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || ::mprotect(static_cast<char*>(pages) + page, page, PROT_NONE) != 0) {
        std::abort();
    }
    return static_cast<char*>(pages) + page - size;
}

ngx_event_conf_t* event_settings([[maybe_unused]] int networks)
{
    auto* settings = new (at_the_end_of_memory(sizeof(ngx_event_conf_t))) ngx_event_conf_t{};
    settings->connections = 512;
    settings->accept_mutex_delay = 500;
#if (NGX_DEBUG)
    settings->debug_connection.nelts = static_cast<ngx_uint_t>(networks);
    settings->debug_connection.nalloc = 4;
#endif
    return settings;
}

}  // namespace

int main(int argc, char**)
{
    void* event_modules[] = {event_settings(argc - 1)};
    void** event_block = event_modules;
    void*** core_modules[] = {&event_block};
    ngx_cycle_t cycle = {};
    cycle.conf_ctx = core_modules;
    ngx_conf_t reading = {};
    reading.cycle = &cycle;

    const bool passed = mmx::gate::check_debug_connection(&reading) == NGX_CONF_OK;
    std::puts(passed ? "passed" : "refused");
    return 0;
}
