#include "lib/limits.hpp"

#include <gtest/gtest.h>

#include "lib/text.hpp"

namespace mmx {
namespace {

using namespace std::string_literals;

TEST(ParseLimit, WalksThePowersOfTwo)
{
    for (int bit = 0; bit < 63; ++bit) {
        const std::int64_t power = std::int64_t{1} << bit;
        for (const std::int64_t value : {power - 1, power, power + 1}) {
            const auto parsed = parse_limit(std::to_string(value));
            EXPECT_EQ(parsed.has_value(), value <= limit_max) << value;
            if (parsed) {
                EXPECT_EQ(*parsed, value);
            }
        }
    }
}

TEST(ParseLimit, TakesDigitsOnly)
{
    for (const char* text : {"", " ", "-1", "+1", "1 ", " 1", "1.0", "1e3", "0x10", "1_000",
                             "1,000", "unlimited", "\xef\xbc\x91"}) {
        EXPECT_FALSE(parse_limit(text)) << text;
    }
    EXPECT_FALSE(parse_limit("1\0"s));
    EXPECT_EQ(parse_limit("0"), 0);
    EXPECT_EQ(parse_limit("007"), 7);
}

TEST(ParseLimit, RefusesNumbersBeyondAnyInteger)
{
    EXPECT_FALSE(parse_limit("9223372036854775808"));
    EXPECT_FALSE(parse_limit("18446744073709551617"));
    EXPECT_FALSE(parse_limit(std::string(400, '9')));
}

TEST(TextFault, CountsBytes)
{
    EXPECT_EQ(text_fault(std::string(user_length_max, 'a'), user_length_max, false), "");
    EXPECT_EQ(text_fault(std::string(user_length_max + 1, 'a'), user_length_max, false),
              "is 129 bytes long, expected at most 128");
    EXPECT_EQ(text_fault("用户", 6, false), "");
    EXPECT_EQ(text_fault("用户", 5, false), "is 6 bytes long, expected at most 5");
    EXPECT_EQ(text_fault("", 0, false), "");
}

TEST(TextFault, RefusesControlCharacters)
{
    for (int c = 0; c < 0x20; ++c) {
        const std::string text = "a"s + static_cast<char>(c) + "b";
        EXPECT_NE(text_fault(text, 100, false), "") << c;
        EXPECT_EQ(text_fault(text, 100, true).empty(), c == '\n' || c == '\t') << c;
    }
    EXPECT_NE(text_fault("\x7f", 100, true), "");
    EXPECT_NE(text_fault("\u0080", 100, true), "");
    EXPECT_NE(text_fault("\u009f", 100, true), "");
    EXPECT_EQ(text_fault("\u00a0", 100, true), "");
    EXPECT_EQ(text_fault("~ !", 100, false), "");
}

TEST(TextFault, RefusesWhatIsNotUtf8)
{
    EXPECT_EQ(text_fault("ab\xff", 100, false), "is not valid UTF-8");
    EXPECT_EQ(text_fault("\xe7\x94", 100, false), "is not valid UTF-8");
}

// Every Unicode scalar value, encoded here by the definition, is one character; nothing else is.
TEST(Utf8, KnowsEveryCharacter)
{
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
    for (std::uint32_t point = 0; point < 0x110000; ++point) {
        std::string text;
        if (point < 0x80) {
            text = {byte(point)};
        } else if (point < 0x800) {
            text = {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
        } else if (point < 0x10000) {
            text = {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)),
                    byte(0x80 | (point & 63))};
        } else {
            text = {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)),
                    byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
        }
        const bool surrogate = point >= 0xd800 && point < 0xe000;
        ASSERT_EQ(utf8_length(text), surrogate ? 0 : text.size()) << std::hex << point;
        ASSERT_EQ(utf8_length(text + "\x80"), surrogate ? 0 : text.size()) << std::hex << point;
        if (text.size() > 1) {
            ASSERT_EQ(utf8_length(std::string_view(text).substr(0, text.size() - 1)), 0U);
        }
    }
}

TEST(Utf8, RefusesOverlongFormsAndNumbersTooLarge)
{
    EXPECT_EQ(utf8_length(""), 0U);
    for (const std::string_view text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
          "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
          "\xc2 ", "\xe1\x80 ", "\xf1\x80\x80 "}) {
        EXPECT_EQ(utf8_length(text), 0U);
    }
}

}  // namespace
}  // namespace mmx
