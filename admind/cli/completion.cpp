#include "cli/completion.hpp"

#include <map>
#include <set>

#include "base/version.hpp"

namespace mmx::admin {
namespace {

// The shell splits --role=admin into three words. What stands in @…@ is filled in below.
constexpr std::string_view script = R"(# Completes the words of mmx-admind @version@; printed by it.
_mmx_admind()
{
    local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    local valued=' @valued@ '
    local words=() at word before='' next='' files=''
    if [[ $current == '=' ]]; then
        current=''
    elif [[ $option == '=' ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in
@values@    esac
    if [[ -z $next && -z $files ]]; then
        [[ $valued != *" $option "* ]] || return 0
        for ((at = 1; at < COMP_CWORD; at++)); do
            word=${COMP_WORDS[at]}
            if [[ $word != -?* && $word != '=' && $before != '=' &&
                $valued != *" $before "* ]]; then
                words+=("$word")
            fi
            before=$word
        done
        case ${words[*]} in
@commands@        esac
        if [[ $current == -* ]]; then
            files=''
            case ${words[*]} in
@options@            *) next='' ;;
            esac
            next+=' @globals@'
        fi
    fi
    COMPREPLY=()
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W "$next" -- "$current")
    fi
}
complete -F _mmx_admind mmx-admind
)";

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words) {
        text.append(text.empty() ? "" : " ").append(word);
    }
    return text;
}

std::string flags(std::span<const Option> options)
{
    std::vector<std::string> words;
    for (const Option& option : options) {
        words.push_back("--" + std::string(option.name));
    }
    return joined(words);
}

// A branch of a shell's case.
std::string branch(const std::string& pattern, std::string_view variable, std::string_view value)
{
    return "        " + pattern + ") " + std::string(variable) + "='" + std::string(value) +
           "' ;;\n";
}

std::vector<Option> all_options(std::span<const CommandSpec> commands)
{
    std::vector<Option> all(global_options().begin(), global_options().end());
    for (const CommandSpec& command : commands) {
        for (const Option& option : command.options) {
            if (find_option(all, option.name) == nullptr) {
                all.push_back(option);
            }
        }
    }
    return all;
}

std::string valued(const std::vector<Option>& all)
{
    std::vector<std::string> words;
    for (const Option& option : all) {
        if (!option.value.empty()) {
            words.push_back("--" + std::string(option.name));
        }
    }
    return joined(words);
}

// What may be the value of an option.
std::string value_branches(const std::vector<Option>& all)
{
    std::string text;
    for (const Option& option : all) {
        if (option.value == file_value) {
            text += branch("--" + std::string(option.name), "files", "yes");
        } else if (!option.choices.empty()) {
            text += branch("--" + std::string(option.name), "next", option.choices);
        }
    }
    return text;
}

// What may follow words that are no options.
std::string command_branches(std::span<const CommandSpec> commands)
{
    std::string text = branch("''", "next", joined(next_words(commands, "")));
    for (const std::string& noun : next_words(commands, "")) {
        if (const auto verbs = next_words(commands, noun); !verbs.empty()) {
            text += branch(noun, "next", joined(verbs));
        }
    }
    for (const CommandSpec& command : commands) {
        if (command.argument == file_value) {
            text += branch("'" + command.name() + "'", "files", "yes");
        }
    }
    return text;
}

std::string option_branches(std::span<const CommandSpec> commands)
{
    std::string text;
    for (const CommandSpec& command : commands) {
        if (!command.options.empty()) {
            const std::string name = "'" + command.name() + "'";
            // The words of the command, and those with an argument behind them.
            std::string pattern = name;
            pattern.append(" | ").append(name).append("' '*");
            text += branch(pattern, "next", flags(command.options));
        }
    }
    return text;
}

}  // namespace

std::string bash_completion(std::span<const CommandSpec> commands)
{
    const std::vector<Option> all = all_options(commands);
    const std::map<std::string_view, std::string> parts = {
        {"version", std::string(version)},      {"valued", valued(all)},
        {"values", value_branches(all)},        {"commands", command_branches(commands)},
        {"options", option_branches(commands)}, {"globals", flags(global_options())},
    };
    std::string text(script);
    for (const auto& [name, part] : parts) {
        const std::string mark = "@" + std::string(name) + "@";
        text.replace(text.find(mark), mark.size(), part);
    }
    return text;
}

}  // namespace mmx::admin
