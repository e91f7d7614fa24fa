#include "lib/answers/error_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mmx {
namespace {

struct Fact {
    std::string_view placeholder;
    std::string_view value;
};
using Facts = std::array<Fact, 5>;

// Appends part with its facts filled in; says whether each that it names was known.
bool append_filled(std::string& out, std::string_view part, const Facts& facts)
{
    bool known = true;
    while (!part.empty()) {
        std::size_t at = part.size();
        const Fact* next = nullptr;
        for (const Fact& fact : facts) {
            if (const std::size_t found = part.find(fact.placeholder); found < at) {
                at = found;
                next = &fact;
            }
        }
        out.append(part.substr(0, at));
        if (next == nullptr) {
            break;
        }
        out.append(next->value);
        known = known && !next->value.empty();
        part.remove_prefix(at + next->placeholder.size());
    }
    return known;
}

void compose(std::string& out, std::string_view message, const Facts& facts)
{
    while (!message.empty()) {
        const std::size_t open = std::min(message.find('['), message.size());
        append_filled(out, message.substr(0, open), facts);
        message.remove_prefix(open);
        if (message.empty()) {
            break;
        }
        const std::size_t close = message.find(']');
        const std::size_t before = out.size();
        if (!append_filled(out, message.substr(1, close - 1), facts)) {
            out.resize(before);
        }
        message.remove_prefix(close + 1);
    }
}

}  // namespace

std::string readable_time(std::string_view iso8601)
{
    constexpr std::size_t date = 10, minutes = 16, seconds = 19;
    if (iso8601.size() <= seconds) {
        return std::string(iso8601);
    }
    std::string text(iso8601.substr(0, date));
    text.append(" ").append(iso8601.substr(date + 1, minutes - date - 1));
    return text.append(" (UTC").append(iso8601.substr(seconds)).append(")");
}

std::string error_message(const ErrorRow& row, const ErrorFacts& facts, bool chinese)
{
    const std::string limit = facts.limit > 0 ? std::to_string(facts.limit) : std::string();
    const std::string reset = readable_time(facts.resets_at);
    const Facts known = {{{"{limit}", limit},
                          {"{address}", facts.address},
                          {"{reset}", reset},
                          {"{detail}", facts.detail},
                          {"{base}", facts.base}}};
    std::string out;
    compose(out, chinese ? row.chinese : row.english, known);
    if (!facts.contact.empty()) {
        out.append(chinese ? "联系方式：" : " Contact: ").append(facts.contact);
        out.append(chinese ? "。" : ".");
    }
    if (!facts.request_id.empty()) {
        out.append(chinese ? "（请求 ID：" : " (request id: ").append(facts.request_id);
        out.append(chinese ? "）" : ")");
    }
    return out;
}

}  // namespace mmx
