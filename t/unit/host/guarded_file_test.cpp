#include "host/guarded_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "host/random.hpp"

namespace mmx {
namespace {

class GuardedFile : public testing::Test {
protected:
    GuardedFile()
    {
        std::string name = testing::TempDir() + "/guarded-" + std::string(6, 'X');
        folder_ = mkdtemp(name.data());
    }
    ~GuardedFile() override { std::filesystem::remove_all(folder_); }

    std::string file(std::string_view content, mode_t mode = 0600) const
    {
        const std::string path = folder_ + "/file";
        std::ofstream(path, std::ios::binary) << content;
        chmod(path.c_str(), mode);
        return path;
    }

    std::string folder_;
};

TEST_F(GuardedFile, OnesFirstLineIsThePassword)
{
    for (const std::string_view content :
         {"secret", "secret\n", "secret\r\n", "secret\na remark\n", "secret\r\nmore\r\n"}) {
        const auto password = read_password_file(file(content));
        ASSERT_TRUE(password) << password.fault();
        EXPECT_EQ(*password, "secret") << content;
    }
    const auto spaced = read_password_file(file(" with spaces \n"));
    ASSERT_TRUE(spaced);
    EXPECT_EQ(*spaced, " with spaces ");
}

TEST_F(GuardedFile, WithoutAFirstLineHasNoPassword)
{
    for (const std::string_view content : {"", "\n", "\r\n", "\nsecret\n"}) {
        const auto password = read_password_file(file(content));
        ASSERT_FALSE(password);
        EXPECT_NE(password.fault().find("its first line is the password"), std::string::npos);
    }
}

TEST_F(GuardedFile, TooLongIsRefused)
{
    const std::string longest(redis_password_length_max, 'x');
    EXPECT_TRUE(read_password_file(file(longest + "\n")));
    EXPECT_FALSE(read_password_file(file(longest + "x\n")));
    EXPECT_FALSE(read_password_file(file("short\n" + std::string(5000, 'x'))));
    EXPECT_TRUE(read_guarded_file(file("1234"), 4));
    EXPECT_FALSE(read_guarded_file(file("12345"), 4));
}

TEST_F(GuardedFile, OthersMayNotRead)
{
    for (const mode_t mode : {0600, 0400, 0640, 0440}) {
        EXPECT_EQ(guarded_file_fault(file("x", mode)), "");
    }
    for (const mode_t mode : {0644, 0660, 0604, 0700}) {
        EXPECT_NE(guarded_file_fault(file("x", mode)).find("expected 0600"), std::string::npos);
        EXPECT_FALSE(read_guarded_file(folder_ + "/file", 10));
    }
}

TEST_F(GuardedFile, IsAFile)
{
    EXPECT_NE(guarded_file_fault(folder_).find("not a regular file"), std::string::npos);
    const std::string pipe = folder_ + "/pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_NE(guarded_file_fault(pipe).find("not a regular file"), std::string::npos);
    EXPECT_NE(guarded_file_fault(folder_ + "/none").find("cannot be opened"), std::string::npos);
}

TEST_F(GuardedFile, OfASecretHasExactlyItsBytes)
{
    Secret made;
    fill_random(made);
    const std::string bytes(made.begin(), made.end());
    const auto secret = read_secret_file(file(bytes));
    ASSERT_TRUE(secret);
    EXPECT_EQ(*secret, made);
    for (const std::string& wrong : {bytes + "\n", bytes.substr(1), std::string()}) {
        const auto none = read_secret_file(file(wrong));
        ASSERT_FALSE(none);
        EXPECT_NE(none.fault().find("must hold exactly 32 bytes"), std::string::npos);
    }
    EXPECT_NE(read_secret_file(folder_ + "/none").fault().find("mmx-admind init"),
              std::string::npos);
}

TEST_F(GuardedFile, OfAMovedDeploymentHasTheKeysOfItsNamesToo)
{
    std::array<std::uint8_t, 3 * secret_size> made;
    fill_random(made);
    const std::string bytes(made.begin(), made.end());
    const auto secret = read_secret_file(file(bytes));
    ASSERT_TRUE(secret);
    ASSERT_TRUE(secret->id && secret->name);
    EXPECT_EQ(std::string(secret->begin(), secret->end()), bytes.substr(0, secret_size));
    EXPECT_EQ(std::string(secret->id->begin(), secret->id->end()),
              bytes.substr(secret_size, secret_size));
    EXPECT_EQ(std::string(secret->name->begin(), secret->name->end()),
              bytes.substr(2 * secret_size));
    for (const std::string& wrong : {bytes + "\n", bytes.substr(1), bytes.substr(secret_size)}) {
        EXPECT_FALSE(read_secret_file(file(wrong))) << wrong.size();
    }
}

TEST(Descriptor, EndOfInputIsReadToItsEnd)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const std::string text(3000, 'x');
    ASSERT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(ends[1]);
    const auto read = read_to_end(ends[0], "the pipe", text.size());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, text);
    close(ends[0]);
    const auto closed = read_to_end(ends[0], "the pipe", 10);
    ASSERT_FALSE(closed);
    EXPECT_NE(closed.fault().find("the pipe cannot be read"), std::string::npos);
}

TEST(Random, FillsAllOfIt)
{
    std::array<std::uint8_t, 4096> bytes{};
    fill_random(bytes);
    std::array<int, 256> seen{};
    for (const std::uint8_t byte : bytes) {
        seen[byte]++;
    }
    // The chance that any value is missing is 256 * (255/256)^4096, about one in 35,000.
    EXPECT_GT(std::count_if(seen.begin(), seen.end(), [](int n) { return n > 0; }), 240);
}

}  // namespace
}  // namespace mmx
