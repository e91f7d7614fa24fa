#pragma once

// The command line's grammar: a table of commands and their options, from which parsing, help and
// messages come. Options may stand before, between and behind the words of the command.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mmx::admin {

class Context;
struct Invocation;

struct Option {
    std::string_view name;   // without the dashes
    std::string_view value;  // what is expected, for help; empty: a flag
    std::string_view help;
};

struct CommandSpec {
    std::string_view noun, verb;  // `key create`; verb empty: `init`
    std::string_view argument;    // `ID`, `FILE`, or `[ID]` where it may be left out; or empty
    std::string_view help;
    std::vector<Option> options;
    int (*run)(Context& context, const Invocation& invocation);  // returns the exit status
};

using OptionValues = std::map<std::string, std::string, std::less<>>;  // a flag's value is empty

struct Invocation {
    const CommandSpec* command = nullptr;  // nothing when help is asked for
    std::string help;                      // what to print then
    OptionValues options;
    std::string argument;  // empty when there is none

    bool has(std::string_view name) const { return options.contains(name); }
    std::optional<std::string_view> value(std::string_view name) const;
};

// Options that every command takes.
std::span<const Option> global_options();

// Throws Error{invalid_argument} that says what was expected.
Invocation parse_command_line(std::span<const CommandSpec> commands,
                              std::span<const std::string> words);

}  // namespace mmx::admin
