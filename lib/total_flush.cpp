#include "lib/total_flush.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "lib/redis_keys.hpp"

namespace mmx {
namespace {

void append_tallies(std::vector<std::string>& words, const TotalFlush& flush)
{
    words.push_back(std::to_string(flush.tallies.size()));
    for (const Tally& tally : flush.tallies) {
        const auto day = std::find_if(flush.figures.begin(), flush.figures.end(),
                                      [&](const Settlement& s) { return s.date == tally.date; });
        words.push_back(std::to_string(day - flush.figures.begin() + 3));
        words.push_back(tally.name);
        words.push_back(std::to_string(tally.count));
        words.push_back(std::to_string(tally.first));
        words.push_back(std::to_string(tally.last));
    }
}

}  // namespace

void append_total_flush(std::string& out, std::string_view verb, std::string_view script,
                        const TotalFlush& flush)
{
    std::vector<std::string> made;  // the words that stand nowhere yet
    made.push_back(std::to_string(2 + flush.figures.size()));
    made.emplace_back(redis_keys::touched);
    made.push_back(redis_keys::worker(flush.worker));
    for (const Settlement& day : flush.figures) {
        made.push_back(redis_keys::total(view(day.date)));
    }
    made.push_back(std::to_string(flush.sequence));
    made.push_back(std::to_string(flush.now));
    made.push_back(std::to_string(flush.retention));
    for (const Settlement& day : flush.figures) {
        for (const std::int64_t delta : day.deltas) {
            made.push_back(std::to_string(delta));
        }
    }
    append_tallies(made, flush);
    const std::size_t before = made.size();
    for (const auto& [count, loan, since] : flush.spent) {
        made.push_back("+" + std::to_string(count) + ":" + std::to_string(loan) + ":" +
                       std::to_string(since));
    }

    std::vector<std::string_view> words{verb, script};
    words.reserve(words.size() + made.size() + flush.touched.size());
    words.insert(words.end(), made.begin(), made.begin() + static_cast<std::ptrdiff_t>(before));
    for (std::size_t i = 0; i < flush.touched.size(); ++i) {
        words.push_back(flush.touched[i].view());
        if (i < flush.spent.size() && flush.spent[i].count > 0) {
            words.push_back(made[before + i]);
        }
    }
    resp::append_command(out, words);
}

std::optional<TotalFlushReply> parse_total_flush_reply(const resp::Reply& reply) noexcept
{
    if (reply.type() != resp::Type::string) {
        return std::nullopt;
    }
    const std::string_view text = reply.text(0);
    const char* end = text.data() + text.size();
    TotalFlushReply answer{};
    const auto [next, error] = std::from_chars(text.data(), end, answer.sequence);
    const std::string_view status(next, end);
    if (error != std::errc() || (status != " 0" && status != " 1")) {
        return std::nullopt;
    }
    answer.counted = status == " 0";
    return answer;
}

}  // namespace mmx
