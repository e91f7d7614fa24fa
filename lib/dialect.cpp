#include "lib/dialect.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "lib/refusal_table.hpp"
#include "lib/utf8.hpp"

namespace mmx {
namespace {

// Behind `/v1/`. A name stands for itself and for all that lies below it.
constexpr std::array<std::string_view, 18> native_endpoints = {"text",
                                                               "embeddings",
                                                               "t2a_v2",
                                                               "t2a_v2_bidi",
                                                               "t2a_async_v2",
                                                               "query",
                                                               "voice_clone",
                                                               "voice_design",
                                                               "get_voice",
                                                               "delete_voice",
                                                               "image_generation",
                                                               "video_generation",
                                                               "files",
                                                               "music_generation",
                                                               "token_plan",
                                                               "music_cover_preprocess",
                                                               "coding_plan",
                                                               "api/openplatform"};

bool is_at_or_below(std::string_view path, std::string_view name) noexcept
{
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
}

const RefusalRow& row_of(Refusal refusal) noexcept
{
    return refusal_table[static_cast<std::size_t>(refusal)];
}

void append_json_character(std::string& out, std::string_view character)
{
    constexpr std::string_view digits = "0123456789abcdef";
    const auto first = static_cast<unsigned char>(character.front());
    if (first < 0x20) {
        out.append("\\u00");
        out += digits[first >> 4];
        out += digits[first & 15];
        return;
    }
    if (first == '"' || first == '\\') {
        out += '\\';
    }
    out.append(character);
}

// A JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so that the body stays JSON.
void append_json(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        append_json_character(out, length == 0 ? "\ufffd" : text.substr(0, length));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out += '"';
}

struct Fact {
    std::string_view placeholder;
    std::string_view value;
};

// Appends part with its fact filled in; says whether the fact, if it names one, was known.
bool append_filled(std::string& out, std::string_view part, const std::array<Fact, 3>& facts)
{
    for (const Fact& fact : facts) {
        const std::size_t at = part.find(fact.placeholder);
        if (at != part.npos) {
            out.append(part.substr(0, at)).append(fact.value);
            out.append(part.substr(at + fact.placeholder.size()));
            return !fact.value.empty();
        }
    }
    out.append(part);
    return true;
}

std::string compose(std::string_view message, const RefusalFacts& facts)
{
    const std::string limit = facts.limit > 0 ? std::to_string(facts.limit) : std::string();
    const std::array<Fact, 3> known = {
        {{"{limit}", limit}, {"{address}", facts.address}, {"{reset}", facts.resets_at}}};
    std::string out;
    while (!message.empty()) {
        const std::size_t open = std::min(message.find('['), message.size());
        out.append(message.substr(0, open));
        message.remove_prefix(open);
        if (message.empty()) {
            break;
        }
        const std::size_t close = message.find(']');
        const std::size_t before = out.size();
        if (!append_filled(out, message.substr(1, close - 1), known)) {
            out.resize(before);
        }
        message.remove_prefix(close + 1);
    }
    return out;
}

std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view blank = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    return text.substr(0, text.find_last_not_of(blank) + 1);
}

// A weight in thousandths: `0`, `0.8`, `1.000` (RFC 9110, 12.4.2).
std::optional<int> parse_weight(std::string_view text) noexcept
{
    constexpr std::size_t digits_max = 3;
    const std::string_view digits = text.substr(std::min<std::size_t>(2, text.size()));
    if (text.empty() || (text[0] != '0' && text[0] != '1') || digits.size() > digits_max ||
        (text.size() > 1 && text[1] != '.') ||
        digits.find_first_not_of("0123456789") != digits.npos) {
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
    if (range.size() < language.size() ||
        (range.size() > language.size() && range[language.size()] != '-')) {
        return false;
    }
    return std::equal(language.begin(), language.end(), range.begin(),
                      [](char a, char b) { return a == (b | 0x20); });
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

Dialect dialect_of_path(std::string_view path) noexcept
{
    constexpr std::string_view version = "/v1/";
    path = path.substr(0, path.find('?'));
    if (path.find("/anthropic/") != path.npos) {
        return Dialect::anthropic;
    }
    for (std::size_t at = path.find(version); at != path.npos; at = path.find(version, at + 1)) {
        const std::string_view endpoint = path.substr(at + version.size());
        if (is_at_or_below(endpoint, "messages")) {
            return Dialect::anthropic;
        }
        const auto is_endpoint = [&](std::string_view name) {
            return is_at_or_below(endpoint, name);
        };
        if (std::any_of(native_endpoints.begin(), native_endpoints.end(), is_endpoint)) {
            return Dialect::native;
        }
    }
    return Dialect::openai;
}

int http_status(Refusal refusal) noexcept
{
    return row_of(refusal).status;
}

std::string_view error_code(Refusal refusal) noexcept
{
    return row_of(refusal).code;
}

bool should_retry(Refusal refusal) noexcept
{
    return row_of(refusal).retry;
}

void append_refusal(std::string& out, Dialect dialect, Refusal refusal, const RefusalFacts& facts,
                    bool chinese)
{
    const RefusalRow& row = row_of(refusal);
    const std::string message = compose(chinese ? row.chinese : row.english, facts);
    switch (dialect) {
    case Dialect::openai:
        append_json(out.append(R"({"error":{"message":)"), message);
        out.append(R"(,"type":")").append(row.openai_type);
        out.append(R"(","param":null,"code":")").append(row.code).append(R"("}})");
        return;
    case Dialect::anthropic:
        out.append(R"({"type":"error","error":{"type":")").append(row.anthropic_type);
        append_json(out.append(R"(","message":)"), message);
        append_json(out.append(R"(},"request_id":)"), facts.request_id);
        out += '}';
        return;
    case Dialect::native:
        out.append(R"({"base_resp":{"status_code":)").append(std::to_string(row.native_code));
        append_json(out.append(R"(,"status_msg":)"), message);
        out.append("}}");
        return;
    }
}

bool prefers_chinese(std::string_view accept_language) noexcept
{
    Wish chinese, english, any;
    for (std::size_t place = 0; !accept_language.empty(); ++place) {
        const std::size_t comma = accept_language.find(',');
        const std::string_view element = accept_language.substr(0, comma);
        accept_language.remove_prefix(comma == element.npos ? accept_language.size() : comma + 1);

        const std::size_t semicolon = std::min(element.find(';'), element.size());
        const std::string_view range = trimmed(element.substr(0, semicolon));
        const auto weight =
            weight_of(trimmed(element.substr(std::min(semicolon + 1, element.size()))));
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
    if (chinese.weight <= 0) {
        return false;  // `*` alone does not ask for Chinese
    }
    if (english.weight < 0) {
        return chinese.weight >= any.weight;
    }
    return chinese.weight > english.weight ||
           (chinese.weight == english.weight && chinese.place < english.place);
}

}  // namespace mmx
