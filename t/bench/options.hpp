// The options of a program of the benchmark: `--name value` pairs, all of them needed.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bench {

class Options {
public:
    Options(int argc, char** argv);

    // Throw std::out_of_range where the option was not given.
    const std::string& text(std::string_view name) const;
    int number(std::string_view name) const;
    double real(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

// Runs a program: 0, 1 with a sentence when it throws, or 2 with its usage when an option is
// absent.
int run(const char* usage, int argc, char** argv, void (*program)(const Options&));

}  // namespace bench
