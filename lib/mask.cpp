#include "lib/mask.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "lib/encoding.hpp"
#include "lib/text.hpp"

namespace mmx {
namespace {

// RFC 6750's of a token, and of a key without its prefix: what is shorter is none.
constexpr std::size_t token_length_min = 10, key_length_min = 16;
constexpr std::size_t cut_length_min = 4;  // of a secret that a line's end cuts

constexpr int hex_value(char c) noexcept
{
    const char l = folded(c);
    return is_digit(c) ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool is_key_character(char c) noexcept
{
    const char l = folded(c);
    return (l >= 'a' && l <= 'z') || is_digit(c);
}

// RFC 6750's.
bool is_token_character(char c) noexcept
{
    return is_key_character(c) || std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

struct Mark {
    std::string_view text;  // in lower case
    bool (*belongs)(char) noexcept;
    std::size_t length_min;
};

constexpr std::array<Mark, 3> keys = {{{"mmx-", is_key_character, key_length_min},
                                       {"mmxadm-", is_key_character, key_length_min},
                                       {"mmx_session=", is_key_character, key_length_min}}};
constexpr std::array<Mark, 1> tokens = {{{"bearer ", is_token_character, token_length_min}}};

struct Character {
    char c;
    std::size_t end;  // of what stands for it
};

constexpr std::array<Mark, 4> all_marks = {keys[0], keys[1], keys[2], tokens[0]};

// What is shorter holds none of these.
constexpr std::size_t shortest(std::span<const Mark> marks) noexcept
{
    std::size_t length = std::string_view::npos;
    for (const Mark& mark : marks) {
        length = std::min(length, mark.text.size() + mark.length_min);
    }
    return length;
}

// Every mark's first two characters: most texts are known by them to hold none.
static_assert(std::ranges::all_of(all_marks, [](const Mark& mark) {
    return mark.text.starts_with("mm") || mark.text.starts_with("be");
}));

// What stands at a place that is within text. `%25` is the `%` of an escape behind it.
Character character_at(std::string_view text, std::size_t at) noexcept
{
    Character read{text[at], at + 1};
    while (read.c == '%' && read.end + 1 < text.size() && hex_value(text[read.end]) >= 0 &&
           hex_value(text[read.end + 1]) >= 0) {
        read = {static_cast<char>(hex_value(text[read.end]) * 16 + hex_value(text[read.end + 1])),
                read.end + 2};
    }
    return read;
}

struct Found {
    std::size_t begin = 0, end = 0;  // of what is secret; alike: nothing was found
};

Found find_behind(const Mark& mark, std::string_view text, std::size_t at) noexcept
{
    for (const char wanted : mark.text) {
        if (at == text.size()) {
            return {};
        }
        const Character read = character_at(text, at);
        if (folded(read.c) != wanted) {
            return {};
        }
        at = read.end;
    }
    std::size_t length = 0, end = at;
    for (; end < text.size(); ++length) {
        const Character read = character_at(text, end);
        if (!mark.belongs(read.c)) {
            break;
        }
        end = read.end;
    }
    return length >= mark.length_min ? Found{at, end} : Found{};
}

// By byte: whether a mark may begin with it.
constexpr auto begins = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("%mMbB")) {
        table[static_cast<std::uint8_t>(c)] = true;
    }
    return table;
}();

bool may_begin(std::string_view text, std::size_t at) noexcept
{
    if (!begins[static_cast<std::uint8_t>(text[at])]) {
        return false;
    }
    const char first = folded(text[at]), second = folded(text[at + 1]);
    return first == '%' || second == '%' || second == (first == 'm' ? 'm' : 'e');
}

// Calls visit(found) for what stands behind each of these marks.
template <const auto& marks, class Visit>
void each_secret(std::string_view text, Visit&& visit) noexcept
{
    constexpr std::size_t least = shortest(marks);
    for (std::size_t at = 0; at + least <= text.size(); ++at) {
        if (!may_begin(text, at)) {
            continue;
        }
        for (const Mark& mark : marks) {
            if (const Found found = find_behind(mark, text, at); found.end != 0) {
                visit(found);
            }
        }
    }
}

bool is_plain(std::string_view text) noexcept
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

void mask_keys(std::span<char> line) noexcept
{
    const auto mask = [line](const Found& found) {
        std::ranges::fill(line.subspan(found.begin, found.end - found.begin), '*');
    };
    const std::string_view text(line.data(), line.size());
    each_secret<keys>(text, mask);
    each_secret<tokens>(text, mask);
}

bool mask_secret(std::span<char> text, std::string_view secret) noexcept
{
    const std::string_view whole(text.data(), text.size());
    bool found = false;
    for (std::size_t at = 0; !secret.empty() && (at = whole.find(secret, at)) != whole.npos;
         at += secret.size()) {
        std::ranges::fill(text.subspan(at, secret.size()), '*');
        found = true;
    }
    return found;
}

void mask_cut_secret(std::span<char> line, std::string_view secret) noexcept
{
    mask_secret(line, secret);
    const std::string_view text(line.data(), line.size());
    const std::string_view cut = text.substr(0, text.find_last_not_of("\r\n") + 1);
    for (std::size_t length = std::min(secret.size(), cut.size()); length >= cut_length_min;
         --length) {
        if (cut.ends_with(secret.substr(0, length))) {
            std::ranges::fill(line.subspan(cut.size() - length, length), '*');
            return;
        }
    }
}

void keep_one_line(std::span<char> line) noexcept
{
    const std::size_t ends = !line.empty() && line.back() == '\n' ? 1 : 0;
    std::ranges::replace_if(
        line.first(line.size() - ends),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
}

bool holds_key(std::string_view text) noexcept
{
    bool found = false;
    each_secret<keys>(text, [&](const Found&) { found = true; });
    return found;
}

std::optional<std::string> made_loggable(std::string_view text)
{
    bool secret = false;
    each_secret<all_marks>(text, [&](const Found&) { secret = true; });
    if (!secret && is_plain(text)) {
        return std::nullopt;
    }
    std::string masked(text), out;
    mask_keys(masked);
    for (text = masked; !text.empty();) {
        const std::size_t length = utf8_length(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        if (length != 0 && !is_control(character)) {
            out.append(character);
        } else {
            for (const char c : character) {
                const auto byte = static_cast<std::uint8_t>(c);
                (out += '%').append(to_hex({&byte, 1}));
            }
        }
        text.remove_prefix(character.size());
    }
    return out;
}

}  // namespace mmx
