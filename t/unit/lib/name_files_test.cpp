#include "lib/name_files.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

using Texts = std::vector<std::string>;

TEST(NameFiles, HostsGivesEveryAddressOfAName)
{
    constexpr std::string_view hosts = "127.0.0.1\tlocalhost\n"
                                       "# 10.0.0.9 redis\n"
                                       "\n"
                                       "10.0.0.5  db-1 Redis   # 10.0.0.6 other\r\n"
                                       "::1 localhost ip6-localhost\n"
                                       "not-an-address redis\n"
                                       "fd00::5 redis";
    EXPECT_EQ(addresses_in_hosts(hosts, "redis"), (Texts{"10.0.0.5", "fd00::5"}));
    EXPECT_EQ(addresses_in_hosts(hosts, "REDIS."), (Texts{"10.0.0.5", "fd00::5"}));
    EXPECT_EQ(addresses_in_hosts(hosts, "localhost"), (Texts{"127.0.0.1", "::1"}));
    for (const char* name : {"other", "10.0.0.5", "red", "", "."}) {
        EXPECT_EQ(addresses_in_hosts(hosts, name), Texts{}) << name;
    }
    EXPECT_EQ(addresses_in_hosts("", "redis"), Texts{});
}

TEST(NameFiles, ResolverFileIsReadAsItsManualSays)
{
    const ResolverFile file = parse_resolver_file("; made by hand\n"
                                                  "domain old.test\n"
                                                  "nameserver 10.0.0.2\n"
                                                  "nameserver fe80::1%eth0\n"
                                                  "nameserver fd00::2 # the second\n"
                                                  "nameserver\n"
                                                  "search a.test b.test\n"
                                                  "options timeout:1 ndots:5 rotate\n");
    EXPECT_EQ(file.servers, (Texts{"10.0.0.2", "fd00::2"}));
    EXPECT_EQ(file.search, (Texts{"a.test", "b.test"}));
    EXPECT_EQ(file.dots, 5U);
}

TEST(NameFiles, ResolverFileThatSaysNothing)
{
    for (const char* text :
         {"", "\n", "options ndots:x", "options", "search", "nameservers 1.2.3.4"}) {
        const ResolverFile file = parse_resolver_file(text);
        EXPECT_EQ(file.servers, Texts{}) << text;
        EXPECT_EQ(file.search, Texts{}) << text;
        EXPECT_EQ(file.dots, 1U) << text;
    }
    EXPECT_EQ(parse_resolver_file("options ndots:99").dots, 15U);
}

TEST(NameFiles, ShortNamesAreAskedForInTheDomainsFirst)
{
    const ResolverFile file = parse_resolver_file("search a.test b.test .\noptions ndots:2");
    EXPECT_EQ(names_to_ask("redis", file), (Texts{"redis.a.test", "redis.b.test", "redis"}));
    EXPECT_EQ(names_to_ask("db.redis", file),
              (Texts{"db.redis.a.test", "db.redis.b.test", "db.redis"}));
    EXPECT_EQ(names_to_ask("a.db.redis", file),
              (Texts{"a.db.redis", "a.db.redis.a.test", "a.db.redis.b.test"}));
    EXPECT_EQ(names_to_ask("redis.", file), (Texts{"redis."}));
    EXPECT_EQ(names_to_ask("redis", {}), (Texts{"redis"}));
}

}  // namespace
}  // namespace mmx
