#include "host/secret_text.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace {

// What the text's allocations held when they were given back: every delete[] of the process is
// looked at while a search is on.
constexpr std::string_view marked = "mmx-the-secret-of-this-test";
bool searching = false;
int found = 0;

}  // namespace

// Not inlined: GCC would see through to malloc() and miss the delete[] below.
[[gnu::noinline]] void* operator new[](std::size_t size)
{
    // The size stands before the bytes, so that delete[] knows how far to look.
    constexpr std::size_t head = alignof(std::max_align_t);
    auto* memory = static_cast<char*>(std::malloc(head + size));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    std::memcpy(memory, &size, sizeof(size));
    return memory + head;
}

[[gnu::noinline]] void operator delete[](void* bytes) noexcept
{
    if (bytes == nullptr) {
        return;
    }
    constexpr std::size_t head = alignof(std::max_align_t);
    char* memory = static_cast<char*>(bytes) - head;
    std::size_t size = 0;
    std::memcpy(&size, memory, sizeof(size));
    if (searching && std::string_view(static_cast<char*>(bytes), size).find(marked.substr(0, 8)) !=
                         std::string_view::npos) {
        ++found;
    }
    std::free(memory);
}

void operator delete[](void* bytes, std::size_t) noexcept
{
    operator delete[](bytes);
}

namespace mmx {
namespace {

class SecretTextTest : public testing::Test {
protected:
    SecretTextTest()
    {
        searching = true;
        found = 0;
    }
    ~SecretTextTest() override { searching = false; }
};

TEST_F(SecretTextTest, TheSearchFindsWhatIsLeftBehind)
{
    auto left = std::make_unique<char[]>(64);
    marked.copy(left.get(), marked.size());
    left.reset();
    EXPECT_EQ(found, 1);
}

TEST_F(SecretTextTest, IsEmptyAtFirst)
{
    const SecretText text;
    EXPECT_TRUE(text.empty());
    EXPECT_EQ(text.view(), "");
    EXPECT_STREQ(text.c_str(), "");
}

TEST_F(SecretTextTest, HoldsWhatItWasGivenAndEndsInAZero)
{
    const SecretText text(marked);
    EXPECT_EQ(text, marked);
    EXPECT_EQ(text.size(), marked.size());
    EXPECT_STREQ(text.c_str(), marked.data());
}

TEST_F(SecretTextTest, LeavesNothingBehindWhenItGoes)
{
    {
        const SecretText text(marked);
    }
    EXPECT_EQ(found, 0);
}

TEST_F(SecretTextTest, LeavesNothingBehindWhenItGrows)
{
    SecretText text(marked);
    for (int i = 0; i < 100; ++i) {
        text.append("more");
    }
    EXPECT_TRUE(text.view().starts_with(marked));
    EXPECT_EQ(text.size(), marked.size() + 400);
    EXPECT_EQ(found, 0);
}

TEST_F(SecretTextTest, MovesWithoutACopy)
{
    SecretText from(marked);
    const char* bytes = from.c_str();
    SecretText to(std::move(from));
    EXPECT_EQ(to.c_str(), bytes);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is asked
    SecretText other("another");
    other = std::move(to);
    EXPECT_EQ(other, marked);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(found, 0);
}

TEST_F(SecretTextTest, WipesWhatAnAssignmentReplaces)
{
    SecretText text(marked);
    text = SecretText("another");
    EXPECT_EQ(text, "another");
    EXPECT_EQ(found, 0);
}

TEST_F(SecretTextTest, AnAssignmentToItselfChangesNothing)
{
    SecretText text(marked);
    SecretText& same = text;
    text = std::move(same);
    EXPECT_EQ(text, marked);
}

TEST_F(SecretTextTest, CutsTheEndOff)
{
    SecretText text(marked);
    text.truncate(3);
    EXPECT_EQ(text, "mmx");
    EXPECT_STREQ(text.c_str(), "mmx");
    text.truncate(10);  // longer than it is: as it was
    EXPECT_EQ(text, "mmx");
    text.append("-");
    EXPECT_EQ(text, "mmx-");
}

TEST_F(SecretTextTest, TakesAStringOver)
{
    std::string from(marked);
    const SecretText text = SecretText::adopt(from);
    EXPECT_EQ(text, marked);
    EXPECT_TRUE(from.empty());
    from.resize(marked.size());
    EXPECT_EQ(from.find(marked.substr(0, 8)), std::string::npos);
}

TEST_F(SecretTextTest, CopiesOnlyWhenAsked)
{
    static_assert(!std::is_copy_constructible_v<SecretText>);
    static_assert(!std::is_copy_assignable_v<SecretText>);
    const SecretText text(marked);
    const SecretText copy = text.copy();
    EXPECT_EQ(copy, marked);
    EXPECT_NE(copy.c_str(), text.c_str());
}

TEST_F(SecretTextTest, MayHoldZeros)
{
    const std::string_view zeros("a\0b", 3);
    EXPECT_EQ(SecretText(zeros), zeros);
}

TEST(WipedAtEnd, WipesTheStringAlsoWhenSomethingThrows)
{
    std::string text(marked);
    try {
        const WipedAtEnd wiped(text);
        throw 1;
    } catch (int) {
    }
    EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace mmx
