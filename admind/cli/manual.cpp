#include "cli/manual.hpp"

#include "base/version.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view intro = R"(.SH NAME
mmx\-admind \- administer an MMX Gate, and serve its console
.SH SYNOPSIS
.B mmx\-admind
.I COMMAND
.RI [ OPTION ]...
.SH DESCRIPTION
MMX Gate is a gateway for the API of MiniMax inside nginx.
.B mmx\-admind
makes and changes its keys, its settings and the accounts of its console, in Redis, and is the
daemon behind the console.
.PP
Options may stand before, between and behind the words of the command, as
.BI \-\-name " VALUE"
or
.BI \-\-name= VALUE\fR;
.B \-\-
ends them.
Secrets come from standard input, never from the command line.
)";

constexpr std::string_view closing = R"(.SH EXIT STATUS
.TP
.B 0
It is done.
.TP
.B 1
It failed, or
.B check
found what has to be set right.
.TP
.B 2
The command line is wrong.
.SH FILES
.TP
.I @config@
Where there is one, a JSON object with what neither options nor the environment say.
.TP
.I @secret@
The secret file that
.B init
makes.
.SH SEE ALSO
.BR nginx (8),
.BR redis\-server (1)
)";

// As text of a line: nothing in it is an escape or a request. A plain - would become a hyphen,
// which cannot be copied into a shell.
std::string escaped(std::string_view text)
{
    std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

std::string option_lines(std::span<const Option> options)
{
    std::string text;
    for (const Option& option : options) {
        text += ".TP\n\\fB\\-\\-" + escaped(option.name) + "\\fR";
        if (!option.value.empty()) {
            text += " \\fI" + escaped(option.value) + "\\fR";
        }
        text += "\n" + escaped(option.help) + "\n";
    }
    return text;
}

std::string command_section(const CommandSpec& command)
{
    std::string text = ".SS " + escaped(command.title()) + "\n" + escaped(command.help) + "\n";
    if (command.argument_name() == id_value) {
        text.append(".PP\n").append(escaped(id_help)).append("\n");
    }
    return text + option_lines(command.options);
}

std::string filled(std::string_view text, std::string_view mark, std::string_view value)
{
    std::string out(text);
    return out.replace(out.find(mark), mark.size(), escaped(value));
}

}  // namespace

std::string manual_page(std::span<const CommandSpec> commands)
{
    const std::string release = "MMX Gate " + std::string(version);
    std::string text = ".TH MMX\\-ADMIND 1 \"\" \"" + release + "\" \"MMX Gate\"\n";
    text.append(intro).append(".SH COMMANDS\n");
    for (const CommandSpec& command : commands) {
        text += command_section(command);
    }
    text += ".SH OPTIONS OF EVERY COMMAND\n" + option_lines(global_options());
    return text + filled(filled(closing, "@config@", default_config_file), "@secret@",
                         default_secret_file);
}

}  // namespace mmx::admin
