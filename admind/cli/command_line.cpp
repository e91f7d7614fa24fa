#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/version.hpp"
#include "cli/help.hpp"

namespace mmx::admin {
namespace {

[[noreturn]] void refuse(const std::string& message)
{
    throw Error(ErrorCode::invalid_argument, message);
}

std::string in_quotes(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

// A word in an option's place is one more likely than a value: who means it writes it behind "=".
void refuse_option_as_value(const std::string& option, const std::string& word)
{
    if (word.starts_with("--")) {
        refuse(option + " needs a value, and " + in_quotes(word) +
               " looks like an option; if it is meant, write " + option + "=" + word);
    }
}

std::string choices(std::span<const CommandSpec> commands, std::string_view noun)
{
    return CLI::detail::join(next_words(commands, noun), ", ");
}

// The options of all commands are the program's, so that they may stand in front of the command;
// which of them the command takes is looked at behind.
class Parser {
public:
    explicit Parser(std::span<const CommandSpec> commands);

    Invocation parse(std::span<const std::string> words);

private:
    struct Leaf {
        const CommandSpec* command = nullptr;
        const CLI::Option* argument = nullptr;
    };

    void add_command(const CommandSpec& command);
    void add_options(std::span<const Option> options);
    const Option* option_of_any(std::string_view name) const;
    std::vector<std::string> reversed(std::span<const std::string> words) const;
    std::vector<std::string> unknown_words() const;
    const CLI::App& named() const;
    Leaf leaf() const;
    Invocation help() const;
    [[noreturn]] void refuse_missing_value(const std::string& word) const;
    [[noreturn]] void refuse_words() const;
    OptionValues take_options(const CommandSpec& command) const;

    std::span<const CommandSpec> commands_;
    CLI::App app_;
    std::map<std::string_view, CLI::App*> nouns_;
    std::map<const CLI::App*, Leaf> leaves_;
};

Parser::Parser(std::span<const CommandSpec> commands) : commands_(commands)
{
    app_.set_help_flag("-h,--help");
    app_.set_version_flag("--version", std::string(program_name).append(" ").append(version));
    app_.require_subcommand(1);
    app_.fallthrough();
    add_options(global_options());
    for (const CommandSpec& command : commands) {
        add_options(command.options);
        add_command(command);
    }
    app_.prefix_command();  // the first word that nobody knows ends the search for the command
}

void Parser::add_options(std::span<const Option> options)
{
    for (const Option& option : options) {
        const std::string name = "--" + std::string(option.name);
        if (app_.get_option_no_throw(name) == nullptr) {
            (option.value.empty() ? app_.add_flag(name) : app_.add_option(name))
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
    }
}

void Parser::add_command(const CommandSpec& command)
{
    CLI::App*& noun = nouns_[command.noun];
    if (noun == nullptr) {
        noun = app_.add_subcommand(std::string(command.noun));
    }
    CLI::App* app = noun;
    if (!command.verb.empty()) {
        app->require_subcommand(1);
        app = app->add_subcommand(std::string(command.verb));
    }
    Leaf& leaf = leaves_[app];
    leaf.command = &command;
    if (!command.argument.empty()) {
        leaf.argument =
            app->add_option(command.argument_name())->required(command.needs_argument());
    }
}

const Option* Parser::option_of_any(std::string_view name) const
{
    const Option* option = find_option(global_options(), name);
    for (const CommandSpec& command : commands_) {
        option = option != nullptr ? option : find_option(command.options, name);
    }
    return option;
}

// As CLI11 takes them, the last one first. It gives `--name=` the word behind it as its value,
// unlike `--name ""`.
std::vector<std::string> Parser::reversed(std::span<const std::string> words) const
{
    std::vector<std::string> result;
    bool is_value = false;  // of the option in front of it
    bool ended = false;
    for (const std::string& word : words) {
        if (ended && word.size() > 2 && word.starts_with("--")) {
            refuse(in_quotes(word) + " stands behind \"--\", where no option is");
        }
        if (is_value) {
            refuse_option_as_value(result.back(), word);
        }
        ended = ended || (!is_value && word == "--");
        const bool is_option = !ended && !is_value && word.starts_with("--");
        const bool is_cleared = is_option && word.find('=') + 1 == word.size();
        result.push_back(is_cleared ? word.substr(0, word.size() - 1) : word);
        if (is_cleared) {
            result.emplace_back();
        }
        const Option* option =
            is_option ? option_of_any(std::string_view(word).substr(2)) : nullptr;
        is_value = option != nullptr && !option->value.empty();
    }
    std::ranges::reverse(result);
    return result;
}

std::vector<std::string> Parser::unknown_words() const
{
    std::vector<std::string> words = app_.remaining();
    std::erase(words, "--");
    return words;
}

// What the words named: a command, a noun alone, or nothing but the program.
const CLI::App& Parser::named() const
{
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) {
        app = app->get_subcommands().front();
    }
    return *app;
}

Parser::Leaf Parser::leaf() const
{
    const auto found = leaves_.find(&named());
    return found == leaves_.end() ? Leaf{} : found->second;
}

Invocation Parser::help() const
{
    const CommandSpec* command = leaf().command;
    Invocation invocation;
    invocation.text =
        command != nullptr ? command_help(*command) : commands_help(commands_, named().get_name());
    return invocation;
}

void Parser::refuse_missing_value(const std::string& word) const
{
    const Option* option = option_of_any(std::string_view(word).substr(2));
    refuse(word + " needs a value" + (option == nullptr ? "" : ": " + std::string(option->value)));
}

// What is wrong with the words, as far as they are no values of options.
void Parser::refuse_words() const
{
    const std::vector<std::string> unknown = unknown_words();
    if (!unknown.empty() && unknown.front().size() > 1 && unknown.front().starts_with('-')) {
        const std::string& word = unknown.front();
        refuse("there is no option " + word.substr(0, word.find('=')) + "; see --help");
    }
    if (const CommandSpec* command = leaf().command; command != nullptr) {
        refuse(in_quotes(command->title()) +
               (unknown.empty() ? " needs " + std::string(command->argument)
                                : " does not expect " + in_quotes(unknown.front())));
    }
    const std::string& noun = named().get_name();
    const std::string expected = choices(commands_, noun);
    if (unknown.empty()) {
        refuse("expected a command: " + (noun.empty() ? "" : noun + " ") + expected +
               "; see --help");
    }
    refuse("there is no command " + in_quotes((noun.empty() ? "" : noun + " ") + unknown.front()) +
           "; expected " + (noun.empty() ? "" : noun + " and ") + "one of: " + expected);
}

OptionValues Parser::take_options(const CommandSpec& command) const
{
    OptionValues values;
    for (const CLI::Option* given :
         app_.get_options([](const CLI::Option* option) { return option->count() > 0; })) {
        const std::string& name = given->get_lnames().front();
        const Option* option = find_option(global_options(), name);
        option = option != nullptr ? option : find_option(command.options, name);
        if (option == nullptr) {
            refuse(in_quotes(command.title()) + " takes no option --" + name + "; see its --help");
        }
        const std::string& value = given->results().front();
        if (option->value.empty() &&
            std::ranges::any_of(given->results(), [](auto& result) { return result != "true"; })) {
            refuse("--" + name + " takes no value");
        }
        if (given->count() > 1) {
            refuse("--" + name + " is given twice");
        }
        values.emplace(name, option->value.empty() ? "" : value);
    }
    return values;
}

Invocation Parser::parse(std::span<const std::string> words)
{
    try {
        app_.parse(reversed(words));
    } catch (const CLI::CallForHelp&) {
        return help();
    } catch (const CLI::CallForVersion& asked) {
        Invocation invocation;
        invocation.text = std::string(asked.what()) + "\n";
        return invocation;
    } catch (const CLI::ArgumentMismatch&) {
        refuse_missing_value(words.back());
    } catch (const CLI::ParseError&) {
        refuse_words();
    }
    if (!unknown_words().empty()) {
        refuse_words();
    }
    const auto [command, argument] = leaf();
    Invocation invocation;
    invocation.options = take_options(*command);
    if (command->text != nullptr) {
        invocation.text = command->text(commands_);
        return invocation;
    }
    invocation.command = command;
    if (argument != nullptr && argument->count() > 0) {
        invocation.argument = argument->results().front();
        if (invocation.argument.empty()) {
            refuse(in_quotes(command->title()) + " needs " + std::string(command->argument) +
                   ", not empty text");
        }
    }
    return invocation;
}

}  // namespace

Invocation parse_command_line(std::span<const CommandSpec> commands,
                              std::span<const std::string> words)
{
    return Parser(commands).parse(words);
}

}  // namespace mmx::admin
