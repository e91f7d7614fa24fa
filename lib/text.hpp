#pragma once

// Small things that are done with text everywhere: blanks, ASCII letters, numbers, UTF-8. Nothing
// here knows a language beyond ASCII's letters.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mmx {

// Without the blanks (space, tab; RFC 9110's OWS) at both ends.
constexpr std::string_view trim(std::string_view text) noexcept
{
    constexpr auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// ASCII letters to lower case; the rest as it is.
constexpr char folded(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
std::string folded(std::string_view text);

// Whether the text is, or begins with, these words in lower case, whatever case its own letters are
// in.
constexpr bool starts_with_folded(std::string_view text, std::string_view lower) noexcept
{
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char wanted, char c) { return wanted == folded(c); });
}

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

// A whole number of min to max, in decimal digits and nothing else, without a sign. Nothing
// otherwise.
template <typename Number>
std::optional<Number> parse_digits(std::string_view text, Number min, Number max) noexcept
{
    Number number{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = result.ec == std::errc{} && result.ptr == text.data() + text.size();
    if (!whole || !is_digit(text.front()) || number < min || number > max) {
        return std::nullopt;
    }
    return number;
}

// UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates, nothing above U+10FFFF. The bytes
// of the character that text begins with, 1 to 4, or 0 when it begins with none.
constexpr std::size_t utf8_length(std::string_view text) noexcept
{
    auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
    };
    auto tail = [&](std::size_t at) { return (byte(at) & 0xc0) == 0x80; };
    const std::uint8_t lead = byte(0);
    if (text.empty() || (lead >= 0x80 && lead < 0xc2) || lead > 0xf4) {
        return 0;
    }
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xe0) {
        return tail(1) ? 2 : 0;
    }
    // The second byte's range depends on the first: that is where overlong forms, surrogates and
    // numbers too large are told apart.
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high || !tail(2)) {
        return 0;
    }
    if (lead < 0xf0) {
        return 3;
    }
    return tail(3) ? 4 : 0;
}

// Whether a character, in UTF-8, is a control character: C0, DEL or C1 (Unicode's category Cc).
constexpr bool is_control(std::string_view character) noexcept
{
    const auto first = static_cast<std::uint8_t>(character.front());
    if (character.size() == 1) {
        return first < 0x20 || first == 0x7f;
    }
    return first == 0xc2 && static_cast<std::uint8_t>(character[1]) < 0xa0;
}

}  // namespace mmx
