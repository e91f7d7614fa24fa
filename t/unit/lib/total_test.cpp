#include "lib/total_flush.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

namespace mmx {
namespace {

const KeyId first = *KeyId::parse("0123456789abcdef0123456789abcdef");
const KeyId second = *KeyId::parse("ffffffffffffffffffffffffffffffff");

// Of words with a blank between each.
std::string command(const std::string& text)
{
    std::istringstream stream(text);
    const std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
    const std::vector<std::string_view> views(words.begin(), words.end());
    std::string out;
    resp::append_command(out, views);
    return out;
}

TEST(AppendTotalFlush, NamesEveryKeyThenFiguresOfEachDateThenTheIds)
{
    Settlement old{.date = {'2', '0', '2', '6', '-', '1', '0', '-', '3', '1'}};
    old[Figure::requests] = -2;
    old[Figure::refunds] = 2;
    Settlement live{.date = {'2', '0', '2', '6', '-', '1', '1', '-', '0', '1'}};
    live[Figure::requests] = 9007199254740991;
    live[Figure::unmetered] = 1;
    const std::vector<Settlement> figures = {old, live};
    const std::vector<KeyId> touched = {first, second};
    Tallies tallies;
    tallies.add(figures[1].date, "account:402:1008", 1, 1763740790);
    tallies.add(figures[1].date, "account:402:1008", 2, 1763740795);
    tallies.add(figures[0].date, "denied:day_exhausted", 5, 0);
    const std::vector<TotalFlush::Spent> spent = {{0, 3, 5}, {41, 7, 1234567890123456}};
    std::string out;
    append_total_flush(out, "EVALSHA", "sha",
                       {.worker = "5f",
                        .sequence = 1763740800000001,
                        .now = 1763740801,
                        .retention = 34560000,
                        .figures = figures,
                        .tallies = tallies.all(),
                        .touched = touched,
                        .spent = spent});
    EXPECT_EQ(out, command("EVALSHA sha 4 mmx:touched mmx:worker:5f mmx:total:2026-10-31 "
                           "mmx:total:2026-11-01 1763740800000001 1763740801 34560000 "
                           "-2 2 0 0 0 0 0 0 9007199254740991 0 0 0 0 0 0 1 "
                           "2 4 account:402:1008 3 1763740790 1763740795 "
                           "3 denied:day_exhausted 5 0 0 "
                           "0123456789abcdef0123456789abcdef ffffffffffffffffffffffffffffffff "
                           "+41:7:1234567890123456"));
}

std::optional<TotalFlushReply> parse(std::string_view bytes)
{
    resp::Reader reader;
    reader.feed(bytes);
    const resp::Reply* reply = reader.next();
    EXPECT_NE(reply, nullptr) << bytes;
    return reply == nullptr ? std::nullopt : parse_total_flush_reply(*reply);
}

TEST(ParseTotalFlushReply, SaysWhetherItIsCounted)
{
    const auto counted = parse("$18\r\n1763740800000001 0\r\n");
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->sequence, 1763740800000001U);
    EXPECT_TRUE(counted->counted);
    const auto late = parse("$3\r\n7 1\r\n");
    ASSERT_TRUE(late);
    EXPECT_FALSE(late->counted);
}

TEST(ParseTotalFlushReply, OfAnotherCommandIsNone)
{
    for (const std::string_view bytes :
         {"$0\r\n\r\n", "$1\r\n7\r\n", "$2\r\n7 \r\n", "$3\r\n7 2\r\n", "$4\r\n7 00\r\n",
          "$4\r\n-7 0\r\n", "$13\r\n7 0 3 41 5 6 0\r\n", "$22\r\n99999999999999999999 0\r\n",
          "+7 0\r\n", ":7\r\n", "$-1\r\n", "*1\r\n$3\r\n7 0\r\n", "-ERR 7 0\r\n"}) {
        EXPECT_FALSE(parse(bytes)) << bytes;
    }
}

}  // namespace
}  // namespace mmx
