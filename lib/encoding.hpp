#pragma once

// Bytes as text: hex digits, base64url, percent-encoding, JSON strings.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mmx {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

// Two digits of lower case for each byte.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);

// Whether it is hex digits of lower case and nothing else; true for no text at all.
bool is_hex(std::string_view text) noexcept;

// RFC 4648, 5, unpadded.
void append_base64url(std::string& out, std::string_view bytes);
// Strict: one text for one value, so bits that stand for nothing must be zero. Nothing otherwise.
std::optional<std::string> decode_base64url(std::string_view text);

// RFC 3986, 2.1: `%` and two hex digits of either case for a byte. Nothing where a % is followed by
// anything else.
std::optional<std::string> decode_percent(std::string_view text);

// Appends a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so that it stays JSON.
void append_json_string(std::string& out, std::string_view text);

}  // namespace mmx
