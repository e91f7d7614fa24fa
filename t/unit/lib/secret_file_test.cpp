#include "lib/secret_file.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mmx {
namespace {

constexpr std::uint32_t reader = 33;

std::string fault(const SecretFileStat& stat)
{
    return secret_file_fault("/etc/mmx/secret", stat, reader);
}

TEST(SecretFile, AcceptsFourModesAndNoOther)
{
    const std::set<std::uint32_t> accepted = {0600, 0400, 0640, 0440};
    for (std::uint32_t mode = 0; mode <= 07777; ++mode) {
        const std::string what = fault({.regular = true, .mode = mode, .owner = 0, .size = 32});
        EXPECT_EQ(what.empty(), accepted.contains(mode)) << std::oct << mode;
    }
}

TEST(SecretFile, SaysPathModeAndWhatToDo)
{
    EXPECT_EQ(fault({.regular = true, .mode = 0644, .owner = 0, .size = 32}),
              "\"/etc/mmx/secret\" has mode 0644, expected 0600 or 0640: run chmod 0600 on it, or "
              "0640 where a group must read it");
}

TEST(SecretFile, BelongsToRootOrTheReader)
{
    EXPECT_EQ(fault({.regular = true, .mode = 0600, .owner = 0, .size = 32}), "");
    EXPECT_EQ(fault({.regular = true, .mode = 0600, .owner = reader, .size = 32}), "");
    EXPECT_EQ(
        fault({.regular = true, .mode = 0600, .owner = 1000, .size = 32}),
        "\"/etc/mmx/secret\" is owned by user id 1000, expected root or user id 33: run chown "
        "on it");
}

TEST(SecretFile, IsARegularFile)
{
    EXPECT_EQ(fault({.regular = false, .mode = 0600, .owner = 0, .size = 32}),
              "\"/etc/mmx/secret\" is not a regular file: give the path of the file itself");
}

TEST(SecretFile, SizeIsNotJudgedHere)
{
    EXPECT_EQ(fault({.regular = true, .mode = 0600, .owner = 0, .size = 0}), "");
}

TEST(SecretFile, HoldsASecretOrOneWithTwoKeys)
{
    for (std::size_t size = 0; size < 200; ++size) {
        const auto secret = parse_secret(std::string(size, 'x'));
        EXPECT_EQ(secret.has_value(), size == 32 || size == 96) << size;
        EXPECT_EQ(secret && secret->id && secret->name, size == 96) << size;
    }
}

}  // namespace
}  // namespace mmx
