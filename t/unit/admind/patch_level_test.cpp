#include "check/patch_level.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace mmx::admin {
namespace {

using Level = Finding::Level;

TEST(InstalledVersion, IsThatOfTheWholeNameAndOfWhatIsInstalled)
{
    const std::string text =
        "Package: nginx-common\nStatus: install ok installed\nVersion: 9\n\n"
        "Package: nginx\nStatus: deinstall ok config-files\nVersion: 8\n\n"
        "Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.22.1-9\n"
        "Description: x\n Version: 7\n";
    std::istringstream status(text), other(text);
    EXPECT_EQ(installed_version(status, "nginx"), "1.22.1-9");
    EXPECT_EQ(installed_version(other, "ngin"), std::nullopt);
}

TEST(IsOlderPackage, OrdersAsDpkgDoes)
{
    const char* rising[] = {"1.0~rc1-1",         "1.0-1",     "1.0-1+deb12u1", "1.0-1+deb12u2",
                            "1.0-1+deb12u10",    "1.0a-1",    "1.0+ds-1",      "1.2-1",
                            "1.22.1-9+deb12u11", "1.22.1-10", "1.100-1",       "1:0.1-1"};
    for (std::size_t i = 0; i < std::size(rising); ++i) {
        for (std::size_t j = 0; j < std::size(rising); ++j) {
            EXPECT_EQ(is_older_package(rising[i], rising[j]), i < j) << rising[i] << rising[j];
        }
    }
    EXPECT_FALSE(is_older_package("1.01-1", "1.1-1") || is_older_package("1.1-1", "1.01-1"));
}

TEST(JudgeNginx, GoesByThePackageWhereItIsOne)
{
    EXPECT_EQ(judge_nginx("", "1.22.1-9+deb12u11").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.22.1", "1.22.1-9+deb12u12").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.26.3", "1.26.3-3+deb13u11").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.30.7", "1.30.7-1~bpo13+1").level, Level::ok);
    const Finding old = judge_nginx("1.22.1", "1.22.1-9+deb12u10");
    EXPECT_EQ(old.level, Level::warn);
    EXPECT_NE(old.advice.find("1.22.1-9+deb12u11"), std::string::npos) << old.advice;
    EXPECT_EQ(judge_nginx("1.26.3", "1.26.3-3+deb13u10").level, Level::warn);
}

TEST(JudgeNginx, GoesByItsOwnVersionElsewhere)
{
    EXPECT_EQ(judge_nginx("1.30.7", "1.22.1-9+deb12u11").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.30.10", "").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.31.5", "").level, Level::ok);
    EXPECT_EQ(judge_nginx("1.32.0", "").level, Level::ok);
    for (const char* old : {"1.22.1", "1.26.3", "1.28.2", "1.30.6", "1.31.0", "1.31.4"}) {
        EXPECT_EQ(judge_nginx(old, "").level, Level::warn) << old;
        EXPECT_NE(judge_nginx(old, "").advice, "") << old;
    }
    // Somebody's own of the same name as Debian's: not that package.
    EXPECT_EQ(judge_nginx("1.28.2", "1.22.1-9+deb12u11").level, Level::warn);
}

TEST(JudgeHttpLibrary, GoesByThePackageOrTheHeader)
{
    EXPECT_EQ(judge_http_library("0.11.4", "0.11.4+ds-1+deb12u1").level, Level::ok);
    EXPECT_EQ(judge_http_library("0.18.7", "0.18.7-1+deb13u1").level, Level::ok);
    EXPECT_EQ(judge_http_library("0.20.1", "").level, Level::ok);
    EXPECT_EQ(judge_http_library("0.11.4", "0.11.4+ds-1").level, Level::warn);
    EXPECT_EQ(judge_http_library("0.18.7", "0.18.7-1").level, Level::warn);
    EXPECT_EQ(judge_http_library("0.11.4", "").level, Level::warn);
}

}  // namespace
}  // namespace mmx::admin
