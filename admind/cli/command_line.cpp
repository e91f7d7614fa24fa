#include "cli/command_line.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view program = "mmx-admind";

constexpr std::string_view id_help =
    "ID is a key id, its first 6 digits or more, or - for a whole gateway key on standard input.\n";

const Option globals[] = {
    {"config", "FILE",
     "JSON file with redis, redis_password_file, secret [MMX_CONFIG; "
     "/etc/mmx/admind.json where there is one]"},
    {"redis", "URL",
     "redis://[user@]host[:port][/db] or unix:/path[?db=N] [MMX_REDIS; "
     "redis://127.0.0.1:6379/0]"},
    {"redis-password-file", "FILE", "file with Redis' password [MMX_REDIS_PASSWORD_FILE]"},
    {"secret", "FILE", "the secret file [MMX_SECRET; /etc/mmx/secret]"},
    {"json", "", "print one JSON document, errors too"},
    {"help", "", "print this help"},
};

[[noreturn]] void refuse(const std::string& message)
{
    throw Error(ErrorCode::invalid_argument, message);
}

std::string in_quotes(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

std::string title(const CommandSpec& command)
{
    std::string text(command.noun);
    for (const std::string_view part : {command.verb, command.argument}) {
        if (!part.empty()) {
            text.append(" ").append(part);
        }
    }
    return text;
}

// A line of two columns; the second is broken between words and aligned with itself.
void append_row(std::string& out, const std::string& left, std::string_view right)
{
    constexpr std::size_t column = 30, width = 96;
    out.append("  ").append(left);
    out.append(left.size() + 4 > column ? "\n" + std::string(column, ' ')
                                        : std::string(column - left.size() - 2, ' '));
    while (column + right.size() > width) {
        const std::size_t cut = right.rfind(' ', width - column);
        out.append(right.substr(0, cut)).append("\n").append(column, ' ');
        right.remove_prefix(cut + 1);
    }
    out.append(right).append("\n");
}

void append_options(std::string& out, std::span<const Option> options)
{
    for (const Option& option : options) {
        std::string left = "--" + std::string(option.name);
        if (!option.value.empty()) {
            left.append(" ").append(option.value);
        }
        append_row(out, left, option.help);
    }
}

std::string help_of(const CommandSpec& command)
{
    std::string out = "usage: " + std::string(program) + " " + title(command) + " [OPTION]...\n\n" +
                      std::string(command.help) + "\n";
    if (command.argument.find("ID") != std::string_view::npos) {
        out += std::string(id_help);
    }
    if (!command.options.empty()) {
        out += "\noptions:\n";
        append_options(out, command.options);
    }
    out += "\noptions of every command:\n";
    append_options(out, globals);
    return out;
}

// Of all commands, or of those of one noun.
std::string help_of(std::span<const CommandSpec> commands, std::string_view noun)
{
    std::string out = "usage: " + std::string(program) + " " +
                      (noun.empty() ? "COMMAND" : std::string(noun) + " COMMAND") +
                      " [OPTION]...\n\ncommands (each has its own --help):\n";
    for (const CommandSpec& command : commands) {
        if (noun.empty() || command.noun == noun) {
            append_row(out, title(command), command.help);
        }
    }
    out += "\noptions of every command:\n";
    append_options(out, globals);
    return out;
}

const Option* find_option(std::span<const Option> options, std::string_view name)
{
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == options.end() ? nullptr : &*found;
}

// An option of any command: whether it takes a value is the same wherever it is known.
const Option* find_option(std::span<const CommandSpec> commands, std::string_view name)
{
    const Option* option = find_option(globals, name);
    for (const CommandSpec& command : commands) {
        option = option != nullptr ? option : find_option(command.options, name);
    }
    return option;
}

// Takes one option, and its value from the next word where it is not part of this one.
void take_option(std::span<const CommandSpec> commands, std::span<const std::string> words,
                 std::size_t& at, OptionValues& options)
{
    const std::string_view word = std::string_view(words[at]).substr(2);
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = find_option(commands, name);
    if (option == nullptr) {
        refuse("there is no option --" + std::string(name) + "; see --help");
    }
    std::string value;
    if (equals != std::string_view::npos) {
        if (option->value.empty()) {
            refuse("--" + std::string(name) + " takes no value");
        }
        value = word.substr(equals + 1);
    } else if (!option->value.empty()) {
        if (++at == words.size()) {
            refuse("--" + std::string(name) + " needs a value: " + std::string(option->value));
        }
        value = words[at];
    }
    if (!options.emplace(name, value).second) {
        refuse("--" + std::string(name) + " is given twice");
    }
}

std::string choices(std::span<const CommandSpec> commands, std::string_view noun)
{
    std::string text;
    std::string_view last;
    for (const CommandSpec& command : commands) {
        const std::string_view choice = noun.empty() ? command.noun : command.verb;
        if ((noun.empty() || command.noun == noun) && choice != last) {
            text.append(text.empty() ? "" : ", ").append(choice);
            last = choice;
        }
    }
    return text;
}

bool is_noun(std::span<const CommandSpec> commands, std::string_view word)
{
    return std::ranges::any_of(commands, [&](const CommandSpec& c) { return c.noun == word; });
}

// The command that the words name; they are removed. Nothing when only a noun with verbs is given.
const CommandSpec* take_command(std::span<const CommandSpec> commands,
                                std::vector<std::string>& words)
{
    const std::string noun = words.front();
    if (!is_noun(commands, noun)) {
        refuse("there is no command " + in_quotes(noun) +
               "; expected one of: " + choices(commands, ""));
    }
    for (const CommandSpec& command : commands) {
        const std::size_t length = command.verb.empty() ? 1 : 2;
        if (command.noun == noun && words.size() >= length &&
            (length == 1 || words[1] == command.verb)) {
            words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(length));
            return &command;
        }
    }
    if (words.size() > 1) {
        refuse("there is no command " + in_quotes(noun + " " + words[1]) + "; expected " + noun +
               " and one of: " + choices(commands, noun));
    }
    return nullptr;
}

void check_options(const CommandSpec& command, const OptionValues& options)
{
    for (const auto& [name, value] : options) {
        if (find_option(globals, name) == nullptr &&
            find_option(command.options, name) == nullptr) {
            refuse(in_quotes(title(command)) + " takes no option --" + name + "; see its --help");
        }
    }
}

void take_argument(const CommandSpec& command, std::vector<std::string>& words,
                   std::string& argument)
{
    const bool optional = command.argument.empty() || command.argument.starts_with('[');
    if (words.empty() && !optional) {
        refuse(in_quotes(title(command)) + " needs " + std::string(command.argument));
    }
    if (words.size() > (command.argument.empty() ? 0U : 1U)) {
        refuse(in_quotes(title(command)) + " does not expect " + in_quotes(words.back()));
    }
    if (!words.empty()) {
        argument = std::move(words.front());
        if (argument.empty()) {
            refuse(in_quotes(title(command)) + " needs " + std::string(command.argument) +
                   ", not empty text");
        }
    }
}

}  // namespace

std::optional<std::string_view> Invocation::value(std::string_view name) const
{
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::span<const Option> global_options()
{
    return globals;
}

Invocation parse_command_line(std::span<const CommandSpec> commands,
                              std::span<const std::string> words)
{
    Invocation invocation;
    std::vector<std::string> plain;
    bool options_ended = false;
    for (std::size_t at = 0; at < words.size(); at++) {
        const std::string& word = words[at];
        if (!options_ended && word == "--") {
            options_ended = true;
        } else if (!options_ended && word == "-h") {
            invocation.options.emplace("help", "");
        } else if (!options_ended && word.starts_with("--")) {
            take_option(commands, words, at, invocation.options);
        } else if (!options_ended && word.size() > 1 && word.starts_with('-')) {
            refuse("there is no option " + word + "; see --help");
        } else {
            plain.push_back(word);
        }
    }
    const bool help = invocation.has("help");
    const std::string noun = plain.empty() ? "" : plain.front();
    const CommandSpec* command = plain.empty() ? nullptr : take_command(commands, plain);
    if (help) {
        invocation.help = command != nullptr ? help_of(*command) : help_of(commands, noun);
        return invocation;
    }
    if (command == nullptr) {
        refuse("expected a command: " +
               (noun.empty() ? choices(commands, "") : noun + " " + choices(commands, noun)) +
               "; see --help");
    }
    check_options(*command, invocation.options);
    take_argument(*command, plain, invocation.argument);
    invocation.command = command;
    return invocation;
}

}  // namespace mmx::admin
