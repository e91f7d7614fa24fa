#include "lib/commit.hpp"

#include "lib/limits.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace mmx {
namespace {

// The words of the command, and room for the numbers among them. As many as a commit can have:
// verb, script, key count, record, about, archives, fourteen arguments, and the settlements.
constexpr std::size_t words_max =
    3 + 2 + commit_archives_max + 14 + 2 * commit_settlements_max * (2 + figure_count);

class Words {
public:
    void add(std::string_view word) noexcept { words_[count_++] = word; }

    void add(std::int64_t number) noexcept
    {
        char* begin = numbers_.data() + used_;
        char* end = std::to_chars(begin, numbers_.data() + numbers_.size(), number).ptr;
        used_ += static_cast<std::size_t>(end - begin);
        add(std::string_view(begin, end));
    }

    std::span<const std::string_view> all() const noexcept { return {words_.data(), count_}; }

private:
    std::array<std::string_view, words_max> words_;
    std::array<char, words_max * 20> numbers_;
    std::size_t count_ = 0, used_ = 0;
};

constexpr char withheld_mark = 'w';
constexpr char user_mark = 'u';  // before the user, which may be anything

// Takes a number and the space behind it off the front of text.
template <class Number>
bool take_number(std::string_view& text, Number& number) noexcept
{
    const char* end = text.data() + text.size();
    auto [next, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || (next != end && *next != ' ')) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(next - text.data()) + (next != end ? 1 : 0));
    return true;
}

// The same for a count or limit. One that somebody spoiled by hand is cut to what both may be, so
// that nothing behind it overflows.
bool take_figure(std::string_view& text, std::int64_t& figure) noexcept
{
    bool taken = take_number(text, figure);
    figure = std::clamp<std::int64_t>(figure, 0, limit_max);
    return taken;
}

}  // namespace

void append_commit(std::string& out, std::string_view verb, std::string_view script,
                   const Commit& commit)
{
    const std::string record = redis_keys::record(commit.id);
    const std::string about = commit.about ? redis_keys::about(commit.id) : std::string();
    std::vector<std::string> archives;
    for (const std::string& month :
         commit.archive_months.first(std::min(commit.archive_months.size(), commit_archives_max))) {
        archives.push_back(redis_keys::archive(commit.id, month));
    }

    Words words;
    words.add(verb);
    words.add(script);
    words.add(static_cast<std::int64_t>(1 + archives.size() + (commit.about ? 1 : 0)));
    words.add(record);
    for (const std::string& archive : archives) {
        words.add(archive);
    }
    if (commit.about) {
        words.add(about);
    }
    words.add(commit.worker_field);
    words.add(static_cast<std::int64_t>(commit.sequence));
    words.add(commit.date);
    words.add(commit.now);
    words.add(std::int64_t{commit.asked});
    words.add(commit.networks);
    words.add(commit.ask);
    words.add(commit.back);
    words.add(commit.closes);
    std::string loan = std::to_string(commit.loan);
    if (commit.since > 0 && (commit.back > 0 || commit.closes > 0 || !commit.returned.empty())) {
        loan.append(":").append(std::to_string(commit.since));
    }
    words.add(std::string_view(loan));
    if (commit.again || commit.about || !archives.empty() || !commit.settlements.empty() ||
        !commit.returned.empty()) {
        words.add(std::string_view(commit.again ? "1" : "0"));
        words.add(static_cast<std::int64_t>(commit.about ? 2 + archives.size() : 0));
        words.add(commit.retention);
        words.add(commit.refund_bound);
    }
    for (const auto& settlements : {commit.settlements, commit.returned}) {
        for (const Settlement& settlement : settlements) {
            words.add(view(settlement.date));
            for (std::int64_t delta : settlement.deltas) {
                words.add(delta);
            }
            words.add(settlement.bounded_refunds);
        }
    }
    resp::append_command(out, words.all());
}

std::int64_t withhold(std::span<Settlement> settlements, std::string_view withheld) noexcept
{
    std::int64_t sum = 0;
    for (Settlement& settlement : settlements) {
        const std::size_t end = std::min(withheld.find(','), withheld.size());
        const std::int64_t count =
            std::clamp<std::int64_t>(parse_limit(withheld.substr(0, end)).value_or(0), 0,
                                     std::max<std::int64_t>(settlement.bounded_refunds, 0));
        settlement[Figure::requests] += count;
        settlement[Figure::refunds] -= count;
        settlement.bounded_refunds -= count;
        withheld.remove_prefix(std::min(end + 1, withheld.size()));
        sum += count;
    }
    return sum;
}

std::int64_t credit_out(std::string_view credit) noexcept
{
    return parse_limit(credit.substr(0, credit.find(' '))).value_or(0);
}

std::int64_t lease_told(std::string_view recalled) noexcept
{
    return parse_limit(recalled.substr(recalled.find(' ') + 1)).value_or(0);
}

std::optional<CommitReply> parse_commit_reply(const resp::Reply& reply) noexcept
{
    if (reply.type() != resp::Type::string) {
        return std::nullopt;
    }

    std::string_view text = reply.text(0);
    CommitReply answer{};
    std::int64_t status = 0;
    if (!take_number(text, answer.sequence) || !take_number(text, status) ||
        !take_number(text, answer.granted) || answer.granted > commit_asked_max || status < 0 ||
        status > static_cast<std::int64_t>(CommitStatus::hold)) {
        return std::nullopt;
    }

    answer.status = static_cast<CommitStatus>(status);
    if (answer.status == CommitStatus::unknown_key) {
        return text.empty() ? std::optional(answer) : std::nullopt;
    }
    if (answer.status >= CommitStatus::networks_differ && answer.status != CommitStatus::hold) {
        // The whole of a network list, which may have been written by hand, with spaces.
        bool list = answer.status == CommitStatus::networks_differ;
        answer.grace_over = !list && text.ends_with(" 1");
        answer.detail = list ? text : text.substr(0, text.find(' '));
        return answer;
    }
    const bool counted =
        take_figure(text, answer.day_count) && take_figure(text, answer.month_count) &&
        take_figure(text, answer.day_limit) && take_figure(text, answer.month_limit) &&
        take_figure(text, answer.expires_at) && take_figure(text, answer.lent) &&
        take_figure(text, answer.out) && take_figure(text, answer.loan) &&
        take_figure(text, answer.floor) && answer.lent <= credit_max;
    if (text.starts_with(withheld_mark)) {
        answer.withheld = text.substr(1, std::min(text.find(' '), text.size()) - 1);
        text.remove_prefix(std::min(answer.withheld.size() + 2, text.size()));
    }
    if (text.starts_with(user_mark)) {
        answer.user = text.substr(1);
        text = {};
    }
    return counted && text.empty() ? std::optional(answer) : std::nullopt;
}

}  // namespace mmx
