#include "lib/encoding.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mmx {
namespace {

std::string all_bytes()
{
    std::string bytes;
    for (int value = 0; value < 256; ++value) {
        bytes += static_cast<char>(value);
    }
    return bytes;
}

TEST(Hex, IsTwoDigitsOfLowerCaseForEachByte)
{
    EXPECT_EQ(to_hex({}), "");
    const std::array<std::uint8_t, 4> bytes = {0x00, 0x0f, 0xa5, 0xff};
    EXPECT_EQ(to_hex(bytes), "000fa5ff");
    std::string out = "before ";
    append_hex(out, bytes);
    EXPECT_EQ(out, "before 000fa5ff");
}

TEST(Hex, IsRecognized)
{
    EXPECT_TRUE(is_hex(""));
    EXPECT_TRUE(is_hex("0123456789abcdef"));
    for (const char* text : {"A", "g", " ", "0x"}) {
        EXPECT_FALSE(is_hex(text)) << text;
    }
}

// RFC 4648, 10, without padding.
TEST(Base64Url, IsThatOfTheRfc)
{
    const std::pair<const char*, const char*> pairs[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
    for (const auto& [bytes, text] : pairs) {
        std::string out;
        append_base64url(out, bytes);
        EXPECT_EQ(out, text);
        EXPECT_EQ(decode_base64url(text), bytes);
    }
    std::string out;
    append_base64url(out, all_bytes());
    EXPECT_EQ(decode_base64url(out), all_bytes());
}

TEST(Base64Url, HasOneTextForOneValue)
{
    for (const char* text : {"Z", "Zh", "Zm9", "Zg==", "Zg=", "Z+8", "Z/8", "Zm 8", "Zm8\n"}) {
        EXPECT_FALSE(decode_base64url(text)) << text;
    }
}

TEST(Percent, IsDecoded)
{
    EXPECT_EQ(decode_percent(""), "");
    EXPECT_EQ(decode_percent("a+b"), "a+b");
    EXPECT_EQ(decode_percent("%41%6a%6A"), "Ajj");
    EXPECT_EQ(decode_percent("%e9%94%AE"), "键");
    EXPECT_EQ(decode_percent("%00"), std::string(1, '\0'));
    EXPECT_EQ(decode_percent("%25%"), std::nullopt);
    for (const char* text : {"%", "%4", "a%4", "%4g", "%g4", "%%41", "% 41", "%-1"}) {
        EXPECT_FALSE(decode_percent(text)) << text;
    }
}

TEST(JsonString, EscapesWhatJsonAsksFor)
{
    const auto json = [](std::string_view text) {
        std::string out;
        append_json_string(out, text);
        return out;
    };
    EXPECT_EQ(json(""), R"("")");
    EXPECT_EQ(json("a \"b\" \\ / 键"), R"("a \"b\" \\ / 键")");
    EXPECT_EQ(json("\n\x01\x1f\x7f"), "\"\\u000a\\u0001\\u001f\x7f\"");
    EXPECT_EQ(json("a\xff"
                   "b\xc2"),
              "\"a\ufffd"
              "b\ufffd\"");
}

}  // namespace
}  // namespace mmx
