#include "commit.hpp"

#include <charconv>
#include <iterator>

namespace mmx {
namespace {

// The words of the command, and room for the numbers among them. As many as a commit can have:
// verb, script, key count, three kinds of keys, nine arguments, and the settlements.
constexpr std::size_t words_max =
    3 + 2 + 2 * commit_settlements_max + 9 + commit_settlements_max * (1 + figure_count);

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

}  // namespace

void append_commit(std::string& out, std::string_view verb, std::string_view script,
                   const Commit& commit)
{
    const std::string record = redis_keys::record(commit.id);
    const std::string about = commit.touch ? redis_keys::about(commit.id) : std::string();
    std::vector<std::string> archives;
    for (const std::string& month : commit.archive_months) {
        archives.push_back(redis_keys::archive(commit.id, month));
    }

    Words words;
    words.add(verb);
    words.add(script);
    words.add(static_cast<std::int64_t>(1 + archives.size() + (commit.touch ? 1 : 0)));
    words.add(record);
    for (const std::string& archive : archives) {
        words.add(archive);
    }
    if (commit.touch) {
        words.add(about);
    }
    words.add(commit.worker_field);
    words.add(static_cast<std::int64_t>(commit.sequence));
    words.add(commit.date);
    words.add(commit.now);
    words.add(std::int64_t{commit.asked});
    words.add(std::string_view(commit.again ? "1" : "0"));
    words.add(commit.networks);
    words.add(static_cast<std::int64_t>(commit.touch ? 2 + archives.size() : 0));
    words.add(commit.retention);
    for (const Settlement& settlement : commit.settlements) {
        words.add(view(settlement.date));
        for (std::int64_t delta : settlement.deltas) {
            words.add(delta);
        }
    }
    resp::append_command(out, words.all());
}

std::optional<CommitReply> parse_commit_reply(const resp::Reply& reply) noexcept
{
    std::size_t count = reply.elements().size();
    std::int64_t status = reply.integer(1);
    if (reply.type() != resp::Type::array || count < 3 || status < 0 ||
        status > static_cast<std::int64_t>(CommitStatus::late)) {
        return std::nullopt;
    }

    CommitReply answer{};
    answer.sequence = static_cast<std::uint64_t>(reply.integer(0));
    answer.status = static_cast<CommitStatus>(status);
    std::int64_t granted = reply.integer(2);
    if (answer.sequence == 0 || granted < 0 || granted > commit_asked_max) {
        return std::nullopt;
    }
    answer.granted = static_cast<std::uint32_t>(granted);
    if (answer.status >= CommitStatus::networks_differ) {
        answer.detail = reply.text(3);
        answer.grace_over = reply.integer(4) == 1;
        return count >= 4 ? std::optional(answer) : std::nullopt;
    }
    if (answer.status != CommitStatus::unknown_key && count != 7) {
        return std::nullopt;
    }
    answer.day_count = reply.integer(3);
    answer.month_count = reply.integer(4);
    answer.day_limit = reply.integer(5);
    answer.month_limit = reply.integer(6);
    return answer;
}

}  // namespace mmx
