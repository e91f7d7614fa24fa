#include "cli/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "base/error.hpp"
#include "base/names.hpp"
#include "cli/context.hpp"
#include "cli/terminal.hpp"
#include "lib/networks.hpp"
#include "lib/times.hpp"
#include "store/key_lookup.hpp"

namespace mmx::admin {
namespace {

// What is typed or piped for a gateway key, with room for a mistake to be told.
constexpr std::size_t api_key_input_max = 256;

[[noreturn]] void refuse(std::string_view option, std::string_view value, std::string_view expected)
{
    throw Error(ErrorCode::invalid_argument, "--" + std::string(option) + " \"" +
                                                 std::string(value) + "\": expected " +
                                                 std::string(expected));
}

std::optional<std::string> name_option(const Invocation& invocation, std::string_view name,
                                       std::size_t max)
{
    const auto value = invocation.value(name);
    if (!value) {
        return std::nullopt;
    }
    Result<std::string> normal = normal_name(*value, max);
    if (!normal) {
        throw Error(ErrorCode::invalid_argument, "--" + std::string(name) + " " + normal.fault());
    }
    return std::move(*normal);
}

}  // namespace

KeyId key_of_argument(Context& context, std::string_view argument)
{
    if (argument != "-") {
        return KeyLookup(context.store()).resolve(argument);
    }
    Store& store = context.store();  // before anything is asked for
    const SecretText api_key = read_secret_from_stdin("Gateway key: ", api_key_input_max);
    return KeyLookup(store).resolve_key(api_key.view());
}

std::optional<std::int64_t> limit_option(const Invocation& invocation, std::string_view name)
{
    const auto value = invocation.value(name);
    if (!value) {
        return std::nullopt;
    }
    const auto limit = parse_limit(*value);
    if (!limit) {
        refuse(name, *value, "a whole number from 0 (unlimited) to " + std::to_string(limit_max));
    }
    return limit;
}

std::int64_t count_option(const Invocation& invocation, std::string_view name, std::int64_t min,
                          std::int64_t max, std::int64_t otherwise)
{
    const auto value = invocation.value(name);
    if (!value) {
        return otherwise;
    }
    const auto count = parse_limit(*value);
    if (!count || *count < min || *count > max) {
        refuse(name, *value,
               "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return *count;
}

std::string date_option(const Invocation& invocation, std::string_view name,
                        std::string_view otherwise)
{
    const auto value = invocation.value(name);
    if (!value) {
        return std::string(otherwise);
    }
    if (!is_date(*value)) {
        refuse(name, *value, "a date such as 2026-11-22");
    }
    return std::string(*value);
}

std::optional<std::int64_t> expiry_option(Context& context, const Invocation& invocation)
{
    const auto text = invocation.value("expires");
    if (!text) {
        return std::nullopt;
    }
    if (text->empty()) {
        return 0;
    }
    const auto time = parse_expiry(*text, context.calendar(), context.now());
    if (!time) {
        refuse("expires", *text, expiry_form);
    }
    return time;
}

std::optional<std::string> text_option(const Invocation& invocation, std::string_view name,
                                       std::size_t max, bool multiline)
{
    const auto value = invocation.value(name);
    if (!value) {
        return std::nullopt;
    }
    if (const std::string fault = text_fault(*value, max, multiline); !fault.empty()) {
        throw Error(ErrorCode::invalid_argument, "--" + std::string(name) + " " + fault);
    }
    return std::string(*value);
}

KeyChange key_options(Context& context, const Invocation& invocation)
{
    KeyChange change;
    change.day = limit_option(invocation, "day");
    change.month = limit_option(invocation, "month");
    change.user = name_option(invocation, "user", user_length_max);
    if (change.user && change.user->empty()) {
        refuse("user", "", "a name");
    }
    change.note = text_option(invocation, "note", note_length_max, true);
    if (const auto text = invocation.value("networks")) {
        const auto networks = Networks::parse(*text);
        if (!networks) {
            throw Error(ErrorCode::invalid_argument, "--networks: " + networks.fault());
        }
        change.networks = networks->text();
    }
    change.expires_at = expiry_option(context, invocation);
    return change;
}

std::string group_option(const Invocation& invocation)
{
    std::string group(invocation.value("group").value_or(""));
    if (invocation.has("group") && group.empty()) {
        throw Error(ErrorCode::invalid_argument, "--group needs the name of a group");
    }
    return group;
}

Role role_option(const Invocation& invocation)
{
    const auto text = invocation.value("role");
    const auto role = parse_role(text.value_or(""));
    if (!role) {
        refuse("role", text.value_or(""), "admin or viewer");
    }
    return *role;
}

std::optional<Scopes> scopes_option(const Invocation& invocation)
{
    const auto text = invocation.value("scope");
    if (!text) {
        return std::nullopt;
    }
    Scopes scopes;
    for (std::string_view rest = *text;;) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const auto scope = parse_scope(rest.substr(0, comma));
        if (!scope) {
            refuse("scope", *text, "some of " + admin_scopes.text() + ", a comma between them");
        }
        scopes.add(*scope);
        if (comma == rest.size()) {
            return scopes;
        }
        rest.remove_prefix(comma + 1);
    }
}

bool confirmed(const Invocation& invocation, const std::string& question)
{
    if (invocation.has("yes")) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        throw Error(ErrorCode::confirmation, "cannot ask without a terminal: repeat it with --yes");
    }
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

}  // namespace mmx::admin
