// mmx_simulation: runs the commits' own code over simulated networks, one run a seed.
//
//     mmx_simulation --seeds 1..1000 [--mutate NAME]    ends with 1 at the first that fails
//     mmx_simulation --seed 17 [--verbose]              replays one, with a trace
//     mmx_simulation --mutations                        names what --mutate knows

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

#include "world/trace.hpp"
#include "world/world.hpp"

namespace {

using namespace mmx::simulation;

struct Options {
    std::uint64_t first = 1, last = 1000;
    std::string mutation;
    bool mutations = false;
};

constexpr unsigned run_within_s = 60;  // of milliseconds

volatile std::uint64_t seed_now = 0;

std::uint64_t number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::runtime_error("no number: " + std::string(text));
    }
    return value;
}

Options read(int count, char** words)
{
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        const std::string_view next = i + 1 < count ? words[i + 1] : "";
        if (word == "--verbose") {
            tracing = true;
        } else if (word == "--mutations") {
            options.mutations = true;
        } else if (word == "--seed") {
            options.first = options.last = number(next);
            ++i;
        } else if (word == "--mutate") {
            options.mutation = next;
            ++i;
        } else if (word == "--seeds" && next.find("..") != next.npos) {
            options.first = number(next.substr(0, next.find("..")));
            options.last = number(next.substr(next.find("..") + 2));
            ++i;
        } else {
            throw std::runtime_error("unknown option " + std::string(word));
        }
    }
    return options;
}

// A run that ends the program names its seed, too.
void on_end(int signal)
{
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "seed %llu: signal %d\n",
                                   static_cast<unsigned long long>(seed_now), signal);
    if (::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(size)) < 0) {
        std::_Exit(2);
    }
    std::_Exit(1);
}

int run(const Options& options)
{
    Setting setting(options.mutation);
    Tally sum;
    for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
        seed_now = seed;
        ::alarm(run_within_s);
        World world(setting, seed);
        const std::string violation = world.run();
        if (!violation.empty()) {
            std::printf("seed %llu, step %llu: %s\n%s\n", static_cast<unsigned long long>(seed),
                        static_cast<unsigned long long>(step), violation.c_str(),
                        world.plan().text().c_str());
            return 1;
        }
        sum.steps += world.tally().steps;
        sum.admitted += world.tally().admitted;
        sum.refused += world.tally().refused;
        sum.commits += world.tally().commits;
        sum.repeated += world.tally().repeated;
        sum.unsettled += world.tally().unsettled;
        sum.on_credit += world.tally().on_credit;
        sum.recalled += world.tally().recalled;
        sum.lapsed += world.tally().lapsed;
        sum.idle += world.tally().idle;
        sum.bequests += world.tally().bequests;
    }
    std::printf(
        "%llu seeds: %llu steps, %llu admitted, %llu refused, %llu commits, %llu repeated, "
        "%llu given up; %llu admitted on credit, given back %llu called back, %llu lapsed, %llu "
        "idle; "
        "%llu bequests\n",
        static_cast<unsigned long long>(options.last - options.first + 1),
        static_cast<unsigned long long>(sum.steps), static_cast<unsigned long long>(sum.admitted),
        static_cast<unsigned long long>(sum.refused), static_cast<unsigned long long>(sum.commits),
        static_cast<unsigned long long>(sum.repeated),
        static_cast<unsigned long long>(sum.unsettled),
        static_cast<unsigned long long>(sum.on_credit),
        static_cast<unsigned long long>(sum.recalled), static_cast<unsigned long long>(sum.lapsed),
        static_cast<unsigned long long>(sum.idle), static_cast<unsigned long long>(sum.bequests));
    return 0;
}

}  // namespace

int main(int count, char** words)
{
    std::signal(SIGABRT, on_end);
    std::signal(SIGSEGV, on_end);
    std::signal(SIGALRM, on_end);
    try {
        const Options options = read(count, words);
        if (options.mutations) {
            for (const std::string_view name : script_mutations()) {
                std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
            }
            return 0;
        }
        return run(options);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "mmx_simulation: %s\n", e.what());
        return 2;
    }
}
