#include "cli/help.hpp"

namespace mmx::admin {
namespace {

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

std::string usage_line(const std::string& words)
{
    return "usage: " + std::string(program_name) + " " + words + " [OPTION]...\n\n";
}

void append_global_options(std::string& out)
{
    out += "\noptions of every command:\n";
    append_options(out, global_options());
}

}  // namespace

std::string command_help(const CommandSpec& command)
{
    std::string out = usage_line(command.title()) + std::string(command.help) + "\n";
    if (command.argument_name() == id_value) {
        out.append(id_help).append("\n");
    }
    if (!command.options.empty()) {
        out += "\noptions:\n";
        append_options(out, command.options);
    }
    append_global_options(out);
    return out;
}

std::string commands_help(std::span<const CommandSpec> commands, std::string_view noun)
{
    std::string out = usage_line(noun.empty() ? "COMMAND" : std::string(noun) + " COMMAND") +
                      "commands (each has its own --help):\n";
    for (const CommandSpec& command : commands) {
        if (noun.empty() || command.noun == noun) {
            append_row(out, command.title(), command.help);
        }
    }
    append_global_options(out);
    return out;
}

}  // namespace mmx::admin
