#include "lib/limits.hpp"

#include "lib/text.hpp"

namespace mmx {
std::optional<std::int64_t> parse_limit(std::string_view text) noexcept
{
    return parse_digits<std::int64_t>(text, 0, limit_max);
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
