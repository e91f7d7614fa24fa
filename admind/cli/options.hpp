#pragma once

// Arguments and options of the command line as values, each as every command reads it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.hpp"
#include "cli/command.hpp"
#include "store/key.hpp"

namespace mmx::admin {

// The gateway key that a client holds is typed or piped; - stands for it.
KeyId key_of_argument(Context& context, std::string_view argument);

// Options as values; each throws Error{invalid_argument} with what was expected.
std::optional<std::int64_t> limit_option(const Invocation& invocation, std::string_view name);
std::int64_t count_option(const Invocation& invocation, std::string_view name, std::int64_t min,
                          std::int64_t max, std::int64_t otherwise);
std::string date_option(const Invocation& invocation, std::string_view name,
                        std::string_view otherwise);
// Nothing: it was not given. 0: never, as an empty value says.
std::optional<std::int64_t> expiry_option(Context& context, const Invocation& invocation);
// Free text for storing, as text_fault() has it.
std::optional<std::string> text_option(const Invocation& invocation, std::string_view name,
                                       std::size_t max, bool multiline);
// Day, month, expiry, networks, user and note, as far as they are given.
KeyChange key_options(Context& context, const Invocation& invocation);

// Whether the user wants it; throws when nobody can be asked and --yes is not given.
bool confirmed(const Invocation& invocation, const std::string& question);

// What --group says; empty where it is not given.
std::string group_option(const Invocation& invocation);

// What --role says; required.
Role role_option(const Invocation& invocation);

// What --scope says, names with a comma between them.
std::optional<Scopes> scopes_option(const Invocation& invocation);

}  // namespace mmx::admin
