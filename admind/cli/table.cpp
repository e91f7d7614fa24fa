#include "cli/table.hpp"

#include <algorithm>
#include <clocale>
#include <cwchar>

#include "lib/text.hpp"

namespace mmx::admin {
namespace {

char32_t code_point(std::string_view character)
{
    const auto lead = static_cast<unsigned char>(character[0]);
    char32_t code = character.size() == 1 ? lead : lead & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1)) {
        code = (code << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    }
    return code;
}

std::size_t columns(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
        width += static_cast<std::size_t>(
            std::max(wcwidth(static_cast<wchar_t>(code_point(text.substr(0, length)))), 0));
        text.remove_prefix(length);
    }
    return width;
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const char32_t code = length == 0 ? 0 : code_point(text.substr(0, length));
        if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            out += '?';
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::string Table::text() const
{
    std::setlocale(LC_CTYPE, "C.UTF-8");  // for wcwidth()
    std::vector<std::size_t> widths(rows_.front().size());
    std::vector<std::vector<std::string>> cells;
    for (const auto& row : rows_) {
        auto& line = cells.emplace_back();
        for (std::size_t i = 0; i < row.size(); i++) {
            line.push_back(printable(row[i]));
            widths[i] = std::max(widths[i], columns(line.back()));
        }
    }
    std::string out;
    for (const auto& line : cells) {
        std::string text;
        for (std::size_t i = 0; i < line.size(); i++) {
            text += line[i];
            text.append(widths[i] - columns(line[i]) + 2, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    }
    return out;
}

std::string time_text(std::int64_t time, const Calendar& calendar, std::string_view never)
{
    return time == 0 ? std::string(never) : calendar.iso8601(time);
}

}  // namespace mmx::admin
