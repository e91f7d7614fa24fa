#include "auth/scopes.hpp"

#include <algorithm>
#include <iterator>

namespace mmx::admin {

std::optional<Scope> parse_scope(std::string_view name) noexcept
{
    const auto* const found = std::ranges::find(scope_names, name);
    if (found == std::end(scope_names)) {
        return std::nullopt;
    }
    return static_cast<Scope>(found - std::begin(scope_names));
}

std::vector<std::string_view> Scopes::names() const
{
    std::vector<std::string_view> names;
    for (const std::string_view name : scope_names) {
        if (has(*parse_scope(name))) {
            names.push_back(name);
        }
    }
    return names;
}

std::string Scopes::text() const
{
    std::string text;
    for (const std::string_view name : names()) {
        text.append(text.empty() ? "" : ",").append(name);
    }
    return text;
}

}  // namespace mmx::admin
