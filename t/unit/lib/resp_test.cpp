#include "lib/resp.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mmx::resp {
namespace {

using namespace std::string_literals;

// A reply as text, to compare whole replies.
std::string told(const Reply& reply)
{
    const auto of = [](const Element& element) -> std::string {
        switch (element.type) {
        case Type::nil: return "nil";
        case Type::integer: return std::to_string(element.integer);
        case Type::string: return "\"" + std::string(element.text) + "\"";
        case Type::status: return "+" + std::string(element.text);
        case Type::error: return "-" + std::string(element.text);
        case Type::array: return "array";
        }
        return "?";
    };
    std::string out;
    for (const Element& element : reply.elements()) {
        out += (out.empty() ? "" : " ") + of(element);
    }
    return reply.type() == Type::array ? "[" + out + "]" : out;
}

std::vector<std::string> drain(Reader& reader)
{
    std::vector<std::string> replies;
    while (const Reply* reply = reader.next()) {
        replies.push_back(told(*reply));
    }
    return replies;
}

std::vector<std::string> read(std::string_view bytes)
{
    Reader reader;
    reader.feed(bytes);
    std::vector<std::string> replies = drain(reader);
    if (reader.broken()) {
        replies.push_back("broken");
    }
    return replies;
}

using Replies = std::vector<std::string>;

TEST(AppendCommand, IsAnArrayOfBulkStrings)
{
    std::string out = "before";
    append_command(out, {"SET", "", "a\r\nb"});
    EXPECT_EQ(out, "before*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
    out.clear();
    const std::string nul("\0", 1);
    append_command(out, {nul});
    EXPECT_EQ(out, "*1\r\n$1\r\n\0\r\n"s);
}

TEST(AppendCommand, LengthsAroundThePowersOfTen)
{
    for (const std::size_t length : {9, 10, 99, 100, 999, 1000, 65535, 65536}) {
        std::string out;
        const std::string word(length, 'x');
        append_command(out, {word});
        EXPECT_EQ(out, "*1\r\n$" + std::to_string(length) + "\r\n" + word + "\r\n");
    }
}

TEST(Reader, KnowsEveryType)
{
    EXPECT_EQ(read("+OK\r\n"), Replies{"+OK"});
    EXPECT_EQ(read("-ERR no\r\n"), Replies{"-ERR no"});
    EXPECT_EQ(read(":42\r\n"), Replies{"42"});
    EXPECT_EQ(read(":-9223372036854775808\r\n"), Replies{"-9223372036854775808"});
    EXPECT_EQ(read("$3\r\na\r\n\r\n"), Replies{"\"a\r\n\""});
    EXPECT_EQ(read("$0\r\n\r\n"), Replies{"\"\""});
    EXPECT_EQ(read("$-1\r\n"), Replies{"nil"});
    EXPECT_EQ(read("*-1\r\n"), Replies{"nil"});
    EXPECT_EQ(read("*0\r\n"), Replies{"[]"});
    EXPECT_EQ(read("*5\r\n:1\r\n$1\r\na\r\n+s\r\n-e\r\n$-1\r\n"), Replies{"[1 \"a\" +s -e nil]"});
}

TEST(Reader, NumbersComeAsIntegerOrText)
{
    Reader reader;
    reader.feed(
        "*6\r\n:7\r\n$2\r\n-8\r\n$2\r\n9x\r\n$0\r\n\r\n$-1\r\n$20\r\n99999999999999999999\r\n");
    const Reply* reply = reader.next();
    ASSERT_NE(reply, nullptr);
    const std::vector<std::int64_t> expected = {7, -8, 0, 0, 0, 0, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(reply->integer(i), expected[i]) << i;
    }
    EXPECT_EQ(reply->text(0), "");
    EXPECT_EQ(reply->text(2), "9x");
    EXPECT_EQ(reply->text(6), "");
    EXPECT_EQ(reply->error(), "");
}

TEST(Reader, ErrorTextIsOfErrorRepliesOnly)
{
    for (const auto& [bytes, error] : std::vector<std::pair<std::string, std::string>>{
             {"-NOSCRIPT No matching script.\r\n", "NOSCRIPT No matching script."},
             {"+OK\r\n", ""},
             {"*1\r\n-ERR\r\n", ""}}) {
        Reader reader;
        reader.feed(bytes);
        const Reply* reply = reader.next();
        ASSERT_NE(reply, nullptr);
        EXPECT_EQ(reply->error(), error);
    }
}

const std::string pipeline =
    "+OK\r\n:1\r\n$5\r\nhello\r\n*3\r\n$2\r\nab\r\n:-3\r\n$-1\r\n*0\r\n-ERR x\r\n"
    "*2\r\n$0\r\n\r\n$3\r\n\r\n\r\r\n$-1\r\n";
const Replies pipelined = {"+OK", "1",      "\"hello\"",         "[\"ab\" -3 nil]",
                           "[]",  "-ERR x", "[\"\" \"\r\n\r\"]", "nil"};

TEST(Reader, WholeOrSplitAtAnyByteIsTheSame)
{
    EXPECT_EQ(read(pipeline), pipelined);
    for (std::size_t at = 0; at <= pipeline.size(); ++at) {
        Reader reader;
        reader.feed(std::string_view(pipeline).substr(0, at));
        Replies replies = drain(reader);
        reader.feed(std::string_view(pipeline).substr(at));
        for (const std::string& reply : drain(reader)) {
            replies.push_back(reply);
        }
        EXPECT_EQ(replies, pipelined) << at;
        EXPECT_FALSE(reader.broken());
    }
}

TEST(Reader, ByteByByteIsTheSame)
{
    Reader reader;
    Replies replies;
    for (const char& byte : pipeline) {
        reader.feed({&byte, 1});
        for (const std::string& reply : drain(reader)) {
            replies.push_back(reply);
        }
    }
    EXPECT_EQ(replies, pipelined);
}

TEST(Reader, AWorkersLifeOfReplies)
{
    Reader reader;
    for (int i = 0; i < 10000; ++i) {
        const std::string text = "reply " + std::to_string(i);
        reader.feed("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
        const Reply* reply = reader.next();
        ASSERT_NE(reply, nullptr) << i;
        ASSERT_EQ(reply->text(0), text);
        ASSERT_EQ(reader.next(), nullptr);
    }
}

TEST(Reader, BreaksOnWhatIsNotRespAndStaysBroken)
{
    for (const std::string& bytes :
         {"HTTP/1.1 400 Bad Request\r\n"s, "\r\n"s, "$abc\r\n"s, ":1x\r\n"s, "$-2\r\n"s, "*-2\r\n"s,
          "$99999999999999999999\r\n"s, "*1\r\n*1\r\n:1\r\n"s,
          "*" + std::to_string(elements_max + 1) + "\r\n", "*2147483648\r\n"s}) {
        Reader reader;
        reader.feed(bytes);
        EXPECT_EQ(reader.next(), nullptr) << bytes;
        EXPECT_TRUE(reader.broken()) << bytes;
        EXPECT_STRNE(reader.error(), "") << bytes;
        reader.feed("+OK\r\n");
        EXPECT_EQ(reader.next(), nullptr) << bytes;
        EXPECT_TRUE(reader.broken()) << bytes;
    }
}

TEST(Reader, RepliesBeforeTheBreakAreStillGiven)
{
    EXPECT_EQ(read("+OK\r\n:2\r\nrubbish\r\n"), (Replies{"+OK", "2", "broken"}));
}

TEST(Reader, ArraysHoldUpToTheirBound)
{
    std::string bytes = "*" + std::to_string(elements_max) + "\r\n";
    for (std::size_t i = 0; i < elements_max; ++i) {
        bytes += ":" + std::to_string(i) + "\r\n";
    }
    Reader reader;
    reader.feed(bytes);
    const Reply* reply = reader.next();
    ASSERT_NE(reply, nullptr);
    ASSERT_EQ(reply->elements().size(), elements_max);
    EXPECT_EQ(reply->integer(elements_max - 1), static_cast<std::int64_t>(elements_max) - 1);
}

TEST(Reader, TextsTogetherHoldUpToTheirBound)
{
    const auto bulk = [](std::size_t length) {
        return "$" + std::to_string(length) + "\r\n" + std::string(length, 'x') + "\r\n";
    };
    for (const std::size_t length : {unread_max / 2 - 100, unread_max / 2}) {
        EXPECT_EQ(read("*2\r\n" + bulk(length) + bulk(length)).front().size(), 2 * length + 7)
            << length;
    }
    EXPECT_EQ(read("*2\r\n" + bulk(unread_max / 2) + bulk(unread_max / 2 + 1)), Replies{"broken"});
    EXPECT_EQ(read(bulk(unread_max + 1)), Replies{"broken"});
}

TEST(Reader, AReplyWithoutEndBreaksItAtItsBound)
{
    for (const std::string& start : {"+"s, "$1000000\r\n"s, ":"s}) {
        Reader reader;
        reader.feed(start);
        std::size_t fed = start.size();
        while (!reader.broken() && fed < 4 * unread_max) {
            reader.feed(std::string(1024, '1'));
            fed += 1024;
            EXPECT_EQ(reader.next(), nullptr);
        }
        EXPECT_TRUE(reader.broken()) << start;
        EXPECT_LE(fed, unread_max + 2048) << start;
    }
}

}  // namespace
}  // namespace mmx::resp
