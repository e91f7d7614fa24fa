#include "auth/setup_token.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mmx::admin {
namespace {

using namespace std::chrono_literals;

class SetupTokenFile : public testing::Test {
protected:
    SetupTokenFile()
    {
        std::string name = testing::TempDir() + "/setup-" + std::string(6, 'X');
        folder_ = mkdtemp(name.data());
    }
    ~SetupTokenFile() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ / "token"; }

    // What stands in the file, without the end of the line.
    std::string text() const
    {
        std::ifstream file(path());
        std::string line;
        std::getline(file, line);
        return line;
    }

private:
    std::filesystem::path folder_;
};

constexpr SetupToken::Time start{1h};

TEST_F(SetupTokenFile, EndsAfterAQuarterOfAnHour)
{
    SetupToken token(path());
    EXPECT_NE(token.refresh(true, start), "");
    const std::string first = text();
    EXPECT_EQ(first.size(), 48U);
    EXPECT_TRUE(token.matches(first, start + 15min - 1s));
    EXPECT_FALSE(token.matches(first, start + 15min));
    EXPECT_FALSE(token.take(first, start + 15min));
}

TEST_F(SetupTokenFile, GivesWayToAnother)
{
    SetupToken token(path());
    token.refresh(true, start);
    const std::string first = text();
    EXPECT_EQ(token.refresh(true, start + 15min - 1s), "");
    EXPECT_EQ(text(), first);
    EXPECT_NE(token.refresh(true, start + 15min), "");
    EXPECT_NE(text(), first);
    EXPECT_FALSE(token.matches(first, start + 15min));
    EXPECT_TRUE(token.matches(text(), start + 15min));
}

TEST_F(SetupTokenFile, IsGoodOnce)
{
    SetupToken token(path());
    token.refresh(true, start);
    const std::string text = this->text();
    EXPECT_FALSE(token.take(text.substr(1), start));
    EXPECT_TRUE(token.take(text, start));
    EXPECT_FALSE(token.take(text, start));
    EXPECT_FALSE(token.is_offered());
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SetupTokenFile, GoesWhenThereIsAnAccount)
{
    SetupToken token(path());
    token.refresh(true, start);
    const std::string text = this->text();
    EXPECT_NE(token.refresh(false, start), "");
    EXPECT_FALSE(token.matches(text, start));
    EXPECT_FALSE(std::filesystem::exists(path()));
    EXPECT_EQ(token.refresh(false, start), "");
}

}  // namespace
}  // namespace mmx::admin
