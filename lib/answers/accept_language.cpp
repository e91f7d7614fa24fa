#include "lib/answers/accept_language.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "lib/text.hpp"

namespace mmx {
namespace {

// A weight in thousandths: `0`, `0.8`, `1.000` (RFC 9110, 12.4.2).
std::optional<int> parse_weight(std::string_view text) noexcept
{
    constexpr std::size_t digits_max = 3;
    const std::string_view digits = text.substr(std::min<std::size_t>(2, text.size()));
    if (text.empty() || (text[0] != '0' && text[0] != '1') || digits.size() > digits_max ||
        (text.size() > 1 && text[1] != '.') ||
        !std::all_of(digits.begin(), digits.end(), is_digit)) {
        return std::nullopt;
    }
    int weight = text[0] - '0';
    for (std::size_t i = 0; i < digits_max; ++i) {
        weight = weight * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

// The weight of one element's parameters: 1 when it has none, nothing when it is not understood.
std::optional<int> weight_of(std::string_view parameters) noexcept
{
    if (parameters.empty()) {
        return 1000;
    }
    const bool is_weight = parameters.size() > 2 &&
                           (parameters[0] == 'q' || parameters[0] == 'Q') && parameters[1] == '=';
    return is_weight ? parse_weight(parameters.substr(2)) : std::nullopt;
}

// True for `zh`, `ZH`, `zh-Hans-CN`.
bool is_language(std::string_view range, std::string_view language) noexcept
{
    return starts_with_folded(range, language) &&
           (range.size() == language.size() || range[language.size()] == '-');
}

// How much a language is wanted, and where in the header that was first said.
struct Wish {
    int weight = -1;  // not named
    std::size_t place = 0;

    void note(int other, std::size_t at) noexcept
    {
        if (other > weight) {
            weight = other;
            place = at;
        }
    }
};

}  // namespace

bool prefers_chinese(std::string_view accept_language, bool otherwise) noexcept
{
    Wish chinese, english, any;
    for (std::size_t place = 0; !accept_language.empty(); ++place) {
        const std::size_t comma = accept_language.find(',');
        const std::string_view element = accept_language.substr(0, comma);
        accept_language.remove_prefix(comma == element.npos ? accept_language.size() : comma + 1);

        const std::size_t semicolon = std::min(element.find(';'), element.size());
        const std::string_view range = trim(element.substr(0, semicolon));
        const auto weight =
            weight_of(trim(element.substr(std::min(semicolon + 1, element.size()))));
        if (!weight) {
            continue;
        }
        if (is_language(range, "zh")) {
            chinese.note(*weight, place);
        } else if (is_language(range, "en")) {
            english.note(*weight, place);
        } else if (range == "*") {
            any.note(*weight, place);
        }
    }
    if (chinese.weight < 0 && english.weight < 0) {
        return otherwise;
    }
    if (chinese.weight <= 0) {
        return false;
    }
    if (english.weight < 0) {
        return chinese.weight >= any.weight;
    }
    return chinese.weight > english.weight ||
           (chinese.weight == english.weight && chinese.place < english.place);
}

}  // namespace mmx
