#include "base/csv.hpp"

#include <gtest/gtest.h>

namespace mmx::admin {
namespace {

using Fields = std::vector<std::string>;

Fields only_row(std::string_view text)
{
    const std::vector<CsvRow> rows = parse_csv(text);
    EXPECT_EQ(rows.size(), 1U) << text;
    EXPECT_EQ(rows.empty() ? "" : rows[0].fault, "") << text;
    return rows.empty() ? Fields{} : rows[0].fields;
}

TEST(Csv, SplitsAtCommas)
{
    EXPECT_EQ(only_row("a,b,c"), (Fields{"a", "b", "c"}));
    EXPECT_EQ(only_row("a,,"), (Fields{"a", "", ""}));
    EXPECT_EQ(only_row(" a , b "), (Fields{" a ", " b "}));
}

TEST(Csv, QuotesHoldWhatEndsAField)
{
    EXPECT_EQ(only_row("\"a,b\",c"), (Fields{"a,b", "c"}));
    EXPECT_EQ(only_row("\"a \"\"b\"\"\""), (Fields{"a \"b\""}));
    EXPECT_EQ(only_row("\"a\r\nb\",c\r\n"), (Fields{"a\r\nb", "c"}));
    EXPECT_EQ(only_row("\"\",\"\""), (Fields{"", ""}));
}

TEST(Csv, ToleratesLineFeedsAndAByteOrderMark)
{
    const std::vector<CsvRow> rows = parse_csv("\xEF\xBB\xBF"
                                               "a\nb\r\n\n\r\nc");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].fields, (Fields{"a"}));
    EXPECT_EQ(rows[1].fields, (Fields{"b"}));
    EXPECT_EQ(rows[2].fields, (Fields{"c"}));
    EXPECT_EQ(rows[2].line, 5U);
}

TEST(Csv, CountsLinesWithinQuotes)
{
    const std::vector<CsvRow> rows = parse_csv("\"a\nb\"\nc");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].line, 1U);
    EXPECT_EQ(rows[1].line, 3U);
}

TEST(Csv, SaysWhatIsWrongWithQuotesAndGoesOn)
{
    for (const char* wrong : {"a\"b", "\"a\"b", "\"a"}) {
        const std::vector<CsvRow> rows = parse_csv(wrong);
        ASSERT_EQ(rows.size(), 1U) << wrong;
        EXPECT_NE(rows[0].fault, "") << wrong;
    }
    const std::vector<CsvRow> rows = parse_csv("a\"b\nc,d\n");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].fields, (Fields{"c", "d"}));
    EXPECT_EQ(rows[1].fault, "");
}

TEST(Csv, NothingHasNoRows)
{
    EXPECT_TRUE(parse_csv("").empty());
    EXPECT_TRUE(parse_csv("\r\n\n").empty());
}

TEST(CsvLine, IsReadBackAsItWas)
{
    const Fields fields = {"plain", "", "a,b", "a \"b\"", "two\r\nlines", " blanks "};
    const std::string line = csv_line(fields);
    EXPECT_TRUE(line.ends_with("\r\n"));
    EXPECT_EQ(only_row(line), fields);
}

}  // namespace
}  // namespace mmx::admin
