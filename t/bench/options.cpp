#include "options.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>

namespace bench {

Options::Options(int argc, char** argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        values_.emplace(name.substr(name.starts_with("--") ? 2 : 0), argv[i + 1]);
    }
}

const std::string& Options::text(std::string_view name) const
{
    const auto found = values_.find(name);
    if (found == values_.end()) {
        throw std::out_of_range(std::string(name));
    }
    return found->second;
}

int Options::number(std::string_view name) const
{
    return std::stoi(text(name));
}

double Options::real(std::string_view name) const
{
    return std::stod(text(name));
}

int run(const char* usage, int argc, char** argv, void (*program)(const Options&))
{
    try {
        program(Options(argc, argv));
        return 0;
    } catch (const std::out_of_range&) {
        std::fprintf(stderr, "usage: %s %s\n", argv[0], usage);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
}

}  // namespace bench
