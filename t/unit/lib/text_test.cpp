#include "lib/text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace mmx {
namespace {

TEST(Trim, TakesBlanksFromBothEndsAndNothingElse)
{
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim("a"), "a");
    EXPECT_EQ(trim(" \ta b\t "), "a b");
    EXPECT_EQ(trim("\na\r"), "\na\r");
}

TEST(Folded, TouchesAsciiLettersOnly)
{
    EXPECT_EQ(folded("AZaz09[`@{ÄÖ键"), "azaz09[`@{ÄÖ键");
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const bool capital = value >= 'A' && value <= 'Z';
        EXPECT_EQ(folded(c), capital ? static_cast<char>(value + 32) : c) << value;
    }
}

TEST(StartsWithFolded, IgnoresCaseOfTheText)
{
    EXPECT_TRUE(starts_with_folded("Bearer x", "bearer "));
    EXPECT_TRUE(starts_with_folded("BEARER", "bearer"));
    EXPECT_TRUE(starts_with_folded("anything", ""));
    EXPECT_FALSE(starts_with_folded("beare", "bearer"));
    EXPECT_FALSE(starts_with_folded("bearer", "Bearer"));  // the words are in lower case
    EXPECT_FALSE(starts_with_folded("\x02"
                                    "earer",
                                    "bearer"));  // not what | 0x20 would make of it
}

TEST(ParseDigits, TakesWholeNumbersWithinBounds)
{
    EXPECT_EQ(parse_digits<int>("0", 0, 10), 0);
    EXPECT_EQ(parse_digits<int>("007", 0, 10), 7);
    EXPECT_EQ(parse_digits<int>("10", 0, 10), 10);
    EXPECT_FALSE(parse_digits<int>("11", 0, 10));
    EXPECT_FALSE(parse_digits<int>("4", 5, 10));
    EXPECT_EQ(parse_digits<std::int64_t>("9223372036854775807", 0,
                                         std::numeric_limits<std::int64_t>::max()),
              std::numeric_limits<std::int64_t>::max());
    EXPECT_FALSE(parse_digits<std::int64_t>("9223372036854775808", 0,
                                            std::numeric_limits<std::int64_t>::max()));
    EXPECT_FALSE(parse_digits<std::uint8_t>("256", 0, 255));
}

TEST(ParseDigits, TakesNothingElse)
{
    for (const char* text :
         {"", " ", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "\u0661", "1\n"}) {
        EXPECT_FALSE(parse_digits<int>(text, -10, 10)) << text;
    }
}

TEST(Utf8Length, KnowsEachLengthAndItsBorders)
{
    EXPECT_EQ(utf8_length(""), 0U);
    EXPECT_EQ(utf8_length(std::string_view("\0", 1)), 1U);
    EXPECT_EQ(utf8_length("\x7f"), 1U);
    EXPECT_EQ(utf8_length("\u0080x"), 2U);
    EXPECT_EQ(utf8_length("\u07ff"), 2U);
    EXPECT_EQ(utf8_length("\u0800"), 3U);
    EXPECT_EQ(utf8_length("\uffff"), 3U);
    EXPECT_EQ(utf8_length("\U00010000"), 4U);
    EXPECT_EQ(utf8_length("\U0010ffff"), 4U);
}

TEST(Utf8Length, RefusesWhatRfc3629Refuses)
{
    for (const char* text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2x", "\xe0\x80\x80", "\xe0\xa0",
          "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
        EXPECT_EQ(utf8_length(text), 0U) << text;
    }
}

TEST(IsControl, KnowsC0DelAndC1)
{
    for (const char* text : {"\x01", "\n", "\x1f", "\x7f", "\u0080", "\u009f"}) {
        EXPECT_TRUE(is_control(text));
    }
    for (const char* text : {" ", "~", "\u00a0", "\u2026", "键"}) {
        EXPECT_FALSE(is_control(text)) << text;
    }
}

}  // namespace
}  // namespace mmx
