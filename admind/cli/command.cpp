#include "cli/command.hpp"

#include <algorithm>

namespace mmx::admin {
namespace {

constexpr Option globals[] = {
    {"config", file_value,
     "JSON file with redis, redis_password_file, secret [MMX_CONFIG; "
     "/etc/mmx/admind.json where there is one]"},
    {"redis", "URL",
     "redis://[user@]host[:port][/db] or unix:/path[?db=N] [MMX_REDIS; "
     "redis://127.0.0.1:6379/0]"},
    {"redis-password-file", file_value, "file with Redis' password [MMX_REDIS_PASSWORD_FILE]"},
    {"secret", file_value, "the secret file [MMX_SECRET; /etc/mmx/secret]"},
    {"json", "", "print one JSON document, errors too"},
    {"help", "", "print this help"},
    {"version", "", "print the version"},
};

}  // namespace

std::string CommandSpec::name() const
{
    return verb.empty() ? std::string(noun) : std::string(noun).append(" ").append(verb);
}

std::string CommandSpec::title() const
{
    return argument.empty() ? name() : name().append(" ").append(argument);
}

std::string CommandSpec::argument_name() const
{
    return std::string(argument.starts_with('[') ? argument.substr(1, argument.size() - 2)
                                                 : argument);
}

std::optional<std::string_view> Invocation::value(std::string_view name) const
{
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::span<const Option> global_options()
{
    return globals;
}

const Option* find_option(std::span<const Option> options, std::string_view name)
{
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == options.end() ? nullptr : &*found;
}

std::vector<std::string> next_words(std::span<const CommandSpec> commands, std::string_view noun)
{
    std::vector<std::string> words;
    for (const CommandSpec& command : commands) {
        const std::string_view word = noun.empty() ? command.noun : command.verb;
        if ((noun.empty() || command.noun == noun) && !word.empty() &&
            std::ranges::find(words, word) == words.end()) {
            words.emplace_back(word);
        }
    }
    return words;
}

}  // namespace mmx::admin
