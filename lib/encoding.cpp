#include "lib/encoding.hpp"

#include <algorithm>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::string_view base64url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The value of a hex digit of either case, or npos.
std::size_t hex_value(char c) noexcept
{
    return hex_digits.find(folded(c));
}

void append_json_character(std::string& out, std::string_view character)
{
    const auto first = static_cast<std::uint8_t>(character.front());
    if (first < 0x20) {
        append_hex(out.append("\\u00"), {&first, 1});
        return;
    }
    if (first == '"' || first == '\\') {
        out += '\\';
    }
    out.append(character);
}

}  // namespace

void append_hex(std::string& out, std::span<const std::uint8_t> bytes)
{
    for (const std::uint8_t byte : bytes) {
        out += hex_digits[byte >> 4U];
        out += hex_digits[byte & 15U];
    }
}

std::string to_hex(std::span<const std::uint8_t> bytes)
{
    std::string out;
    out.reserve(2 * bytes.size());
    append_hex(out, bytes);
    return out;
}

bool is_hex(std::string_view text) noexcept
{
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

void append_base64url(std::string& out, std::string_view bytes)
{
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : bytes) {
        buffer = buffer << 8 | static_cast<std::uint8_t>(c);
        for (bits += 8; bits >= 6; bits -= 6) {
            out += base64url[buffer >> (bits - 6) & 63];
        }
    }
    if (bits > 0) {
        out += base64url[buffer << (6 - bits) & 63];
    }
}

std::optional<std::string> decode_base64url(std::string_view text)
{
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : text) {
        const std::size_t value = base64url.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        buffer = buffer << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(buffer >> bits & 255);
        }
    }
    if (bits == 6 || (buffer & ((1U << bits) - 1)) != 0) {
        return std::nullopt;
    }
    return out;
}

std::optional<std::string> decode_percent(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) {
            return std::nullopt;
        }
        const std::size_t high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        append_json_character(out, length == 0 ? "\ufffd" : text.substr(0, length));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out += '"';
}

}  // namespace mmx
