#include "cli/serve.hpp"

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <iostream>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "check/gateway_page.hpp"
#include "cli/context.hpp"
#include "daemon/maintenance.hpp"
#include "daemon/upstream_probe.hpp"
#include "http/listen_address.hpp"
#include "http/public_url.hpp"
#include "http/server.hpp"

namespace mmx::admin {
namespace {

constexpr std::chrono::seconds farewell_max{5};  // for what still runs when we are to end
constexpr int returned_at_once = 1024 * 1024, arenas_max = 4;  // bytes; heaps of all threads

// The signals that end the daemon. Blocked in every thread, so that none is interrupted by them.
sigset_t end_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

std::optional<PublicUrl> public_url_of(const Config& config)
{
    if (config.public_url.empty()) {
        return std::nullopt;
    }
    const Result<PublicUrl> url = parse_public_url(config.public_url);
    if (!url) {
        throw Error(ErrorCode::invalid_argument, "wrong public_url: " + url.fault());
    }
    return *url;
}

// Left alone, the allocator keeps what a hash took, tens of MiB, once for each thread that has
// computed one: from this size on memory goes back at once, and what threads share is bounded.
void keep_memory_flat()
{
    mallopt(M_MMAP_THRESHOLD, returned_at_once);
    mallopt(M_ARENA_MAX, arenas_max);
}

}  // namespace

int run_serve(Context& context, const Invocation& invocation)
{
    if (invocation.has("routes")) {
        std::cout << context.api().routes_text() << std::flush;
        return 0;
    }
    keep_memory_flat();
    const Config& config = context.config();
    const sigset_t signals = end_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    keep_lines_on_standard_error();
    const ListenAddress address = parse_listen_address(config.listen);
    const Secrets& secrets = context.secrets();
    context.redis_password();  // a file that is wrong is told now; it is read again when it counts
    RedisPool pool(config.redis, [&context] { return context.redis_password(); });
    Daemon daemon{.config = config, .secrets = secrets, .pool = pool};
    parse_upstream(config.upstream);  // wrong configuration is told now, not at the first test
    if (!config.gateway.empty()) {
        parse_page_url(config.gateway);
    }
    const ListeningSocket socket(address, config.group);
    const Maintenance maintenance(daemon);
    Server server(socket, public_url_of(config),
                  [&](const Request& request) { return context.api().answer(daemon, request); });
    // A server that ends by itself must not leave a daemon that hears nobody.
    std::atomic<bool> ended = false;
    auto serving = std::async(std::launch::async, [&] {
        try {
            server.run();
        } catch (const std::exception& error) {
            log_failure("the server", error.what());
        }
        ended = true;
        kill(getpid(), SIGTERM);
    });
    log_line("listening on " + address.display());

    int signal = 0;
    sigwait(&signals, &signal);
    const bool failed = ended;
    log_line(failed ? "stopping: no connection can be taken any more" : "stopping");
    socket.stop();
    if (serving.wait_for(farewell_max) != std::future_status::ready) {
        log_line("stopped with requests under way");
        std::_Exit(0);
    }
    log_line("stopped");
    return failed ? 1 : 0;
}

}  // namespace mmx::admin
