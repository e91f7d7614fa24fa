#include "lib/passage/arguments.hpp"

#include <algorithm>
#include <array>

#include "lib/mask.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

// Of tasks and files (MiniMax), lists (OpenAI, Anthropic) and Anthropic's SDK for `/v1/messages`.
constexpr std::array<std::string_view, 11> names = {"task_id",  "file_id",   "purpose", "limit",
                                                    "after",    "after_id",  "before",  "before_id",
                                                    "page_num", "page_size", "beta"};

bool is_value(std::string_view text) noexcept
{
    static constexpr std::string_view marks = "-._~%+,:";
    constexpr auto belongs = [](char c) {
        const char l = folded(c);
        return (l >= 'a' && l <= 'z') || is_digit(c) || marks.find(c) != marks.npos;
    };
    return std::ranges::all_of(text, belongs) && !holds_key(text);
}

}  // namespace

bool is_passed_argument(std::string_view name) noexcept
{
    return std::ranges::find(names, name) != names.end();
}

std::string passed_arguments(std::string_view query, std::span<const std::string_view> further)
{
    std::string out;
    while (!query.empty()) {
        const std::string_view argument = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(argument.size() + 1, query.size()));
        const std::size_t equals = std::min(argument.find('='), argument.size());
        const std::string_view name = argument.substr(0, equals);
        const bool known =
            is_passed_argument(name) || std::ranges::find(further, name) != further.end();
        if (known && is_value(argument.substr(std::min(equals + 1, argument.size())))) {
            out.append(out.empty() ? "" : "&").append(argument);
        }
    }
    return out;
}

}  // namespace mmx
