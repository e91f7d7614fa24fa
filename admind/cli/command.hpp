#pragma once

// What a command is: a row of the table from which come the parser, the help, the manual page and
// the shell's completion.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.hpp"

namespace mmx::admin {

class Context;
struct Invocation;

inline constexpr std::string_view program_name = "mmx-admind";

// The names of values that the shell completes as paths, and of the one that the help explains.
inline constexpr std::string_view file_value = "FILE";
inline constexpr std::string_view id_value = "ID";
inline constexpr std::string_view id_help =
    "ID is a key id, its first 6 digits or more, or - for a whole gateway key on standard input.";

// Options of one name take a value in all commands or in none, and have the same choices.
struct Option {
    std::string_view name;   // without the dashes
    std::string_view value;  // what is expected, for help; empty: a flag
    std::string_view help;
    std::string_view choices{};  // all that the value may be, between spaces; empty: anything
};

struct CommandSpec {
    std::string_view noun, verb;  // `key create`; verb empty: `init`
    std::string_view argument;    // `ID`, `FILE`, or `[ID]` where it may be left out; or empty
    std::string_view help;
    std::vector<Option> options;
    int (*run)(Context& context, const Invocation& invocation);  // returns the exit status

    // Of a command that tells about the program itself, from the table alone: run is null then.
    std::string (*text)(std::span<const CommandSpec> commands) = nullptr;

    std::string name() const;           // `key create`
    std::string title() const;          // `key show ID`
    std::string argument_name() const;  // without brackets
    bool needs_argument() const { return !argument.empty() && !argument.starts_with('['); }
};

// What the words of a command line ask for.
struct Invocation {
    const CommandSpec* command = nullptr;  // nothing: text is all that there is to do
    std::string text;                      // to print then: help, the version
    OptionValues options;
    std::string argument;  // empty when there is none

    bool has(std::string_view name) const { return options.contains(name); }
    std::optional<std::string_view> value(std::string_view name) const;
};

// Options that every command takes.
std::span<const Option> global_options();

// Null when there is none of this name.
const Option* find_option(std::span<const Option> options, std::string_view name);

// The words that may follow: a command's nouns when noun is empty, else the verbs of that noun.
std::vector<std::string> next_words(std::span<const CommandSpec> commands, std::string_view noun);

}  // namespace mmx::admin
