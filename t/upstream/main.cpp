// mmx-upstream: the stand-in for MiniMax. README.md beside this file is its manual.

#include <cstdio>
#include <cstring>
#include <exception>

#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include "options.hpp"
#include "server.hpp"

namespace {

void allow_many_connections()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int run(int argc, char** argv)
{
    const upstream::Options options = upstream::parse_options(argc, argv);
    boost::asio::io_context context(1);
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const auto&, int) { context.stop(); });
    upstream::Server server(context, options);
    server.start();
    std::printf("listening on %s\n", server.address().c_str());
    std::fflush(stdout);
    context.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    for (int i = 1; i < argc; i++) {
        if (std::strcmp(argv[i], "--help") == 0) {
            std::fputs(upstream::usage_text, stdout);
            return 0;
        }
    }
    allow_many_connections();
    try {
        return run(argc, argv);
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "mmx-upstream: %s\n\n%s", error.what(), upstream::usage_text);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mmx-upstream: %s\n", error.what());
        return 1;
    }
}
