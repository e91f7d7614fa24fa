// What a client says of itself: the first line is a path, the second Accept-Language, the rest a
// fact for the refusal's body, which must stay one JSON document whatever the fact holds.

#include <array>

#include "fuzz.hpp"
#include "lib/answers/accept_language.hpp"
#include "lib/answers/dialect.hpp"
#include "lib/answers/refusal.hpp"
#include "lib/text.hpp"

namespace {

// Reads a JSON string off the front of text: true when it is one, by RFC 8259.
bool skip_string(std::string_view& text)
{
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
        std::size_t length = mmx::utf8_length(text);
        if (length == 0 || static_cast<unsigned char>(text.front()) < 0x20) {
            return false;
        }
        if (text.front() == '\\') {
            length = text.substr(1, 1) == "u" ? 6 : 2;
        }
        if (length > text.size()) {
            return false;
        }
        text.remove_prefix(length);
    }
    if (text.empty()) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

// True when strings are strings and braces pair; the rest of the grammar is constant text.
bool is_json_object(std::string_view text)
{
    int depth = 0;
    while (!text.empty()) {
        if (text.front() == '"') {
            if (!skip_string(text)) {
                return false;
            }
            continue;
        }
        depth += (text.front() == '{') - (text.front() == '}');
        text.remove_prefix(1);
        if (depth == 0) {
            return text.empty();
        }
    }
    return false;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = mmx::fuzz::text(data, size);
    const mmx::Dialect dialect = mmx::dialect_of_path(mmx::fuzz::take_line(input));
    const bool chinese = mmx::prefers_chinese(mmx::fuzz::take_line(input), size % 2 == 1);
    const mmx::ErrorFacts facts{.limit = static_cast<std::int64_t>(size),
                                .resets_at = input,
                                .address = input,
                                .detail = input,
                                .base = input,
                                .contact = input,
                                .request_id = input};
    for (const auto refusal : {mmx::Refusal::address_not_allowed, mmx::Refusal::day_exhausted,
                               mmx::Refusal::rate_limited, mmx::Refusal::upstream_not_configured}) {
        std::string body;
        mmx::append_error(body, dialect, mmx::row_of(refusal), facts, chinese);
        mmx::fuzz::check(is_json_object(body), "a body that is not JSON");
    }
    return 0;
}
