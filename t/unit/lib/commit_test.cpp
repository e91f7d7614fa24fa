#include "lib/commit.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

using namespace std::string_literals;

constexpr std::string_view sha = "0123456789012345678901234567890123456789";

// The words of one command, read back by the rule that a server reads them with.
std::vector<std::string> words_of(std::string_view command)
{
    std::vector<std::string> words;
    const auto take_number = [&](char kind) {
        EXPECT_EQ(command.front(), kind);
        const std::size_t end = command.find("\r\n");
        const std::size_t number = std::stoul(std::string(command.substr(1, end - 1)));
        command.remove_prefix(end + 2);
        return number;
    };
    for (std::size_t left = take_number('*'); left > 0; --left) {
        const std::size_t length = take_number('$');
        words.emplace_back(command.substr(0, length));
        EXPECT_EQ(command.substr(length, 2), "\r\n");
        command.remove_prefix(length + 2);
    }
    EXPECT_EQ(command, "");
    return words;
}

Commit plain_commit()
{
    return {.id = *KeyId::parse("0123456789abcdef0123456789abcdef"),
            .worker_field = "seq.w1",
            .sequence = 1763740800000001,
            .date = "2026-11-22",
            .now = 1763740800,
            .asked = 3,
            .again = false,
            .about = false,
            .networks = "",
            .retention = 34560000,
            .refund_bound = 20,
            .archive_months = {},
            .settlements = {}};
}

std::vector<std::string> words_of(const Commit& commit)
{
    std::string out;
    append_commit(out, "EVALSHA", sha, commit);
    return words_of(out);
}

TEST(AppendCommit, OfAnIdleKeyNamesTheRecordAlone)
{
    EXPECT_EQ(words_of(plain_commit()),
              (std::vector<std::string>{"EVALSHA", std::string(sha), "1",
                                        "mmx:{0123456789abcdef0123456789abcdef}", "seq.w1",
                                        "1763740800000001", "2026-11-22", "1763740800", "3", "",
                                        "0", "0", "0", "0"}));
}

TEST(AppendCommit, NamesArchivesThenAboutAndSaysWhichIsAbout)
{
    Commit commit = plain_commit();
    const std::vector<std::string> months = {"2026-10", "2026-11"};
    commit.archive_months = months;
    commit.about = true;
    commit.again = true;
    commit.networks = "10.0.0.0/8,::1";
    const std::string record = "mmx:{0123456789abcdef0123456789abcdef}";
    const std::vector<std::string> words = words_of(commit);
    EXPECT_EQ(words[2], "4");
    EXPECT_EQ(words[3], record);
    EXPECT_EQ(words[4], record + ":2026-10");
    EXPECT_EQ(words[5], record + ":2026-11");
    EXPECT_EQ(words[6], record + ":about");
    EXPECT_EQ(words[7], "seq.w1");
    EXPECT_EQ(words[12], "10.0.0.0/8,::1");
    EXPECT_EQ(words[17], "1");
    EXPECT_EQ(words[18], "4");  // the fourth of KEYS
}

TEST(AppendCommit, SettlementsFollowInTheOrderOfTheFigures)
{
    Settlement settlement{.date = {'2', '0', '2', '6', '-', '1', '0', '-', '3', '1'}};
    for (std::size_t i = 0; i < figure_count; ++i) {
        settlement.deltas[i] = static_cast<std::int64_t>(i) - 3;
    }
    settlement[Figure::unmetered] = -9007199254740991;
    settlement.bounded_refunds = 4;
    const std::vector<Settlement> settlements(commit_settlements_max, settlement);
    Commit commit = plain_commit();
    commit.settlements = settlements;
    const std::vector<std::string> words = words_of(commit);
    ASSERT_EQ(words.size(), 18 + commit_settlements_max * 10);
    for (std::size_t i = 0; i < commit_settlements_max; ++i) {
        const auto* at = &words[18 + i * 10];
        EXPECT_EQ(std::vector<std::string>(at, at + 10),
                  (std::vector<std::string>{"2026-10-31", "-3", "-2", "-1", "0", "1", "2", "3",
                                            "-9007199254740991", "4"}));
    }
}

// As much as a worker can ever have to say: every settlement of another month, each archive named.
TEST(AppendCommit, HoldsItsLargestCommit)
{
    std::vector<std::string> months;
    Settlement settlement{.date = {'9', '9', '9', '9', '-', '1', '2', '-', '3', '1'}};
    settlement.deltas.fill(INT64_MIN);
    settlement.bounded_refunds = INT64_MIN;
    const std::vector<Settlement> settlements(commit_settlements_max, settlement);
    for (std::size_t i = 0; i < 2 * commit_archives_max; ++i) {
        months.push_back("9999-12");  // the surplus is not sent
    }
    Commit commit = plain_commit();
    commit.archive_months = months;
    commit.settlements = settlements;
    commit.returned = settlements;
    commit.ask = commit.back = commit.closes = commit.loan = INT64_MIN;
    commit.about = true;
    commit.now = commit.retention = commit.refund_bound = INT64_MIN;
    commit.sequence = INT64_MAX;
    commit.asked = UINT32_MAX;
    const std::vector<std::string> words = words_of(commit);
    EXPECT_EQ(words.size(), 3 + 2 + commit_archives_max + 14 + 2 * commit_settlements_max * 10);
    EXPECT_EQ(words.back(), "-9223372036854775808");
}

TEST(Figure, NamesStandInTheOrderOfTheIndices)
{
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::requests)], "requests");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::refunds)], "refunds");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::denied)], "denied");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::failed)], "failed");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::prompt_tokens)],
              "prompt_tokens");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::completion_tokens)],
              "completion_tokens");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::cached_tokens)],
              "cached_tokens");
    EXPECT_EQ(redis_keys::figures[static_cast<std::size_t>(Figure::unmetered)], "unmetered");
    EXPECT_EQ(figure_count, 8U);
}

class ParseCommitReply : public testing::Test {
protected:
    // The answer is valid as long as the reply, and the reply as long as the reader.
    std::optional<CommitReply> parse(std::string_view text)
    {
        return parse_raw("$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n");
    }

    std::optional<CommitReply> parse_raw(std::string_view bytes)
    {
        reader_.feed(bytes);
        const resp::Reply* reply = reader_.next();
        EXPECT_NE(reply, nullptr) << bytes;
        return reply == nullptr ? std::nullopt : parse_commit_reply(*reply);
    }

private:
    resp::Reader reader_;
};

TEST_F(ParseCommitReply, OfAnAdmission)
{
    const auto answer =
        parse("1763740800000001 0 3 41 9007199254740991 500 0 1763740900 12 30 4 2");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->sequence, 1763740800000001U);
    EXPECT_EQ(answer->status, CommitStatus::granted);
    EXPECT_EQ(answer->granted, 3U);
    EXPECT_EQ(answer->day_count, 41);
    EXPECT_EQ(answer->month_count, 9007199254740991);
    EXPECT_EQ(answer->day_limit, 500);
    EXPECT_EQ(answer->month_limit, 0);
    EXPECT_EQ(answer->lent, 12);
    EXPECT_EQ(answer->out, 30);
    EXPECT_EQ(answer->expires_at, 1763740900);
    EXPECT_EQ(answer->loan, 4);
    EXPECT_EQ(answer->floor, 2);
}

TEST_F(ParseCommitReply, EveryStatusWithCounters)
{
    for (const CommitStatus status :
         {CommitStatus::granted, CommitStatus::day_exhausted, CommitStatus::month_exhausted,
          CommitStatus::disabled, CommitStatus::expired, CommitStatus::hold}) {
        const auto answer =
            parse("7 " + std::to_string(static_cast<int>(status)) + " 0 1 2 3 4 0 0 5 1 0");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, status);
    }
    const auto told = parse("7 2 0 1 2 3 4 0 0 0 0 0 ua user  of ours");
    ASSERT_TRUE(told);
    EXPECT_EQ(told->user, "a user  of ours");
    EXPECT_EQ(parse("7 0 0 1 2 3 4 0 0 0 0 0 u")->user, "");
    EXPECT_EQ(parse("7 0 0 1 2 3 4 0 0 0 0 0")->user, std::nullopt);
    const auto withheld = parse("7 0 0 1 2 3 4 0 0 0 0 0 w0,3 ua user");
    ASSERT_TRUE(withheld);
    EXPECT_EQ(withheld->withheld, "0,3");
    EXPECT_EQ(withheld->user, "a user");
    EXPECT_EQ(parse("7 0 0 1 2 3 4 0 0 0 0 0 w2")->withheld, "2");
    ASSERT_TRUE(parse("7 5 0"));
    EXPECT_EQ(parse("7 5 0")->status, CommitStatus::unknown_key);
}

TEST_F(ParseCommitReply, DetailOfWhatWasNotWritten)
{
    auto answer = parse("7 6 0 10.0.0.0/8,::1");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, CommitStatus::networks_differ);
    EXPECT_EQ(answer->detail, "10.0.0.0/8,::1");

    answer = parse("7 6 0 10.0.0.0/8, ::1");  // written by hand
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->detail, "10.0.0.0/8, ::1");

    answer = parse("7 6 0 ");  // the list has been emptied
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->detail, "");

    answer = parse("7 7 0 2026-10");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, CommitStatus::archive_needed);
    EXPECT_EQ(answer->detail, "2026-10");

    answer = parse("7 8 0 0123456789abcdef0123456789abcdef 0");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, CommitStatus::rotated);
    EXPECT_EQ(answer->detail, "0123456789abcdef0123456789abcdef");
    EXPECT_FALSE(answer->grace_over);
    answer = parse("7 8 0 0123456789abcdef0123456789abcdef 1");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->detail, "0123456789abcdef0123456789abcdef");
    EXPECT_TRUE(answer->grace_over);

    answer = parse("7 9 0 -");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, CommitStatus::late);

    answer = parse("7 10 0 d.requests");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, CommitStatus::spoiled);
    EXPECT_EQ(answer->detail, "d.requests");
}

TEST(Withhold, LeavesWhatTheRecordBecame)
{
    Settlement first{.date = {}}, second{.date = {}};
    first[Figure::requests] = -2;
    first[Figure::refunds] = first.bounded_refunds = 2;
    second[Figure::requests] = -9;
    second[Figure::refunds] = second.bounded_refunds = 5;
    std::vector<Settlement> both = {first, second};
    EXPECT_EQ(withhold(both, ""), 0);
    EXPECT_EQ(withhold(both, "0,3"), 3);
    EXPECT_EQ(both[0][Figure::refunds], 2);
    EXPECT_EQ(both[1][Figure::refunds], 2);
    EXPECT_EQ(both[1][Figure::requests], -6);
    EXPECT_EQ(withhold(both, "9,x,7"), 2);  // never more than there are
    EXPECT_EQ(both[0][Figure::refunds], 0);
}

TEST_F(ParseCommitReply, GrantedUpToWhatCanBeAsked)
{
    EXPECT_TRUE(parse("7 0 4095 1 1 0 0 0 4095 0 0 0"));
    EXPECT_FALSE(parse("7 0 4096 1 1 0 0 0 0 0 0 0"));
    EXPECT_FALSE(parse("7 0 -1 1 1 0 0 0 0 0 0 0"));
    EXPECT_FALSE(parse("7 0 1 1 1 0 0 0 4096 0 0 0"));
}

TEST_F(ParseCommitReply, RefusesWhatTheScriptNeverSays)
{
    for (const char* text : {"",
                             " ",
                             "7",
                             "7 0",
                             "7 0 1",
                             "7 0 1 2 3 4",
                             "7 0 1 2 3 4 5 6",
                             "7 0 1 2 3 4 5 6 7",
                             "7 0 1 2 3 4 5 6 7 8 9",
                             "7 11 0 -",
                             "7 12 0 1 2 3 4 0 0 0 0 0",
                             "7 0 1 2 3 4 5 0 0 0 0 x",
                             "7 0 1 2 3 4 5 0 0 0 0 0 x",
                             "7 0 1 2 3 u",
                             "7 0 1 2 3 w1",
                             "7 -1 0 1 1 0 0",
                             "x 0 1 2 3 4 5",
                             "-7 0 1 2 3 4 5",
                             "7 0 1 2 3 4 x",
                             "7 0 1 2.5 3 4 5",
                             "7  0 1 2 3 4 5",
                             "7 5 0 1",
                             "99999999999999999999 0 1 2 3 4 5",
                             "7 0 1 2 3 4 99999999999999999999",
                             "OK"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
    for (const char* raw : {"+7 0 3 1 2 3 4\r\n", "-ERR 7 0 3 1 2 3 4\r\n", ":7\r\n", "$-1\r\n",
                            "*0\r\n", "*1\r\n$14\r\n7 0 3 41 2 3 4\r\n"}) {
        EXPECT_FALSE(parse_raw(raw)) << raw;
    }
}

}  // namespace
}  // namespace mmx
