#include "lib/limits.hpp"

#include <charconv>

#include "lib/utf8.hpp"

namespace mmx {
namespace {

// Unicode's category Cc: C0, DEL and C1.
bool is_control(std::string_view character) noexcept
{
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) {
        return first < 0x20 || first == 0x7f;
    }
    return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

std::optional<std::int64_t> parse_limit(std::string_view text) noexcept
{
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
        return std::nullopt;
    }
    std::int64_t limit = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (result.ec != std::errc{} || limit > limit_max) {
        return std::nullopt;
    }
    return limit;
}

std::string text_fault(std::string_view text, std::size_t max, bool multiline)
{
    if (text.size() > max) {
        return "is " + std::to_string(text.size()) + " bytes long, expected at most " +
               std::to_string(max);
    }
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            return "is not valid UTF-8";
        }
        const std::string_view character = text.substr(0, length);
        const bool allowed_here = multiline && (character == "\n" || character == "\t");
        if (is_control(character) && !allowed_here) {
            return multiline ? "holds a control character other than line feed and tab"
                             : "holds a control character";
        }
        text.remove_prefix(length);
    }
    return {};
}

}  // namespace mmx
