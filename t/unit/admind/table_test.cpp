#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <clocale>

namespace mmx::admin {
namespace {

TEST(Table, AlignsItsColumns)
{
    Table table({"NAME", "USE"});
    table.add({"a", "1"});
    table.add({"longer", "22"});
    EXPECT_EQ(table.text(), "NAME    USE\na       1\nlonger  22\n");
}

TEST(Table, CountsWideCharactersAsTwoColumns)
{
    if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) {
        GTEST_SKIP() << "no UTF-8 locale on this machine";
    }
    Table table({"用户", "X"});
    table.add({"abcd", "Y"});
    EXPECT_EQ(table.text(), "用户  X\nabcd  Y\n");
}

TEST(Printable, LeavesNothingThatDrivesATerminal)
{
    EXPECT_EQ(printable("plain 用户 é"), "plain 用户 é");
    EXPECT_EQ(printable("a\x1b[2Jb"), "a?[2Jb");
    EXPECT_EQ(printable("a\nb\tc\x7f"), "a?b?c?");
    EXPECT_EQ(printable("\u009b"), "?");  // C1: as good as ESC [
    EXPECT_EQ(printable("a\xff"
                        "b"),
              "a?b");
}

}  // namespace
}  // namespace mmx::admin
