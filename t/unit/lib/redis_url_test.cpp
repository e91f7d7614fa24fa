#include "lib/redis_url.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

using namespace std::string_literals;

RedisUrl parsed(std::string_view text)
{
    const auto url = RedisUrl::parse(text);
    EXPECT_TRUE(url) << text << ": " << (url ? "" : url.fault());
    return url ? *url : RedisUrl{};
}

std::string fault_of(std::string_view text)
{
    const auto url = RedisUrl::parse(text);
    EXPECT_FALSE(url) << text;
    const std::string fault = url ? "" : url.fault();
    EXPECT_FALSE(fault.empty()) << text;
    return fault;
}

TEST(RedisUrl, TcpWithDefaults)
{
    const RedisUrl url = parsed("redis://cache.example");
    EXPECT_FALSE(url.is_unix);
    EXPECT_EQ(url.host, "cache.example");
    EXPECT_EQ(url.port, 6379);
    EXPECT_EQ(url.database, 0U);
    EXPECT_EQ(url.user, "");
    EXPECT_EQ(url.password, "");
}

TEST(RedisUrl, TcpWithEverything)
{
    const RedisUrl url = parsed("redis://gate:p%40ss%2fword%25@10.1.2.3:6380/15");
    EXPECT_EQ(url.user, "gate");
    EXPECT_EQ(url.password, "p@ss/word%");
    EXPECT_EQ(url.host, "10.1.2.3");
    EXPECT_EQ(url.port, 6380);
    EXPECT_EQ(url.database, 15U);
}

TEST(RedisUrl, CredentialsMayBeHalfThere)
{
    EXPECT_EQ(parsed("redis://:pw@h").password, "pw");
    EXPECT_EQ(parsed("redis://:pw@h").user, "");
    EXPECT_EQ(parsed("redis://gate@h").user, "gate");
    EXPECT_EQ(parsed("redis://gate@h").password, "");
    EXPECT_EQ(parsed("redis://a:b:c@h").password, "b:c");
    EXPECT_EQ(parsed("redis://a:b@c@h").password, "b@c");
    EXPECT_EQ(parsed("redis://a:b@c@h").host, "h");
}

TEST(RedisUrl, Ipv6InBrackets)
{
    EXPECT_EQ(parsed("redis://[::1]").host, "::1");
    EXPECT_EQ(parsed("redis://[2001:db8::1]:6380/2").host, "2001:db8::1");
    EXPECT_EQ(parsed("redis://[2001:db8::1]:6380/2").port, 6380);
    EXPECT_EQ(parsed("redis://[2001:db8::1]:6380/2").display(), "redis://[2001:db8::1]:6380/2");
    for (const char* text : {"redis://[::1", "redis://::1", "redis://[]", "redis://[host]",
                             "redis://[::1]x", "redis://[::1%lo]", "redis://[1.2.3.4]"}) {
        fault_of(text);
    }
}

TEST(RedisUrl, UnixSockets)
{
    const RedisUrl url = parsed("unix:/run/redis/redis.sock");
    EXPECT_TRUE(url.is_unix);
    EXPECT_EQ(url.path, "/run/redis/redis.sock");
    EXPECT_EQ(url.host, "");
    EXPECT_EQ(url.database, 0U);
    EXPECT_EQ(parsed("unix:/s?db=3").database, 3U);
    EXPECT_EQ(parsed("unix:/s?db=3").path, "/s");
    EXPECT_EQ(parsed("unix:///s").path, "/s");
    EXPECT_EQ(parsed("unix:/a@b:c").path, "/a@b:c");

    const RedisUrl known = parsed("unix://gate:p%40w@/run/s?db=1");
    EXPECT_EQ(known.user, "gate");
    EXPECT_EQ(known.password, "p@w");
    EXPECT_EQ(known.path, "/run/s");
    EXPECT_EQ(known.database, 1U);
}

TEST(RedisUrl, UnixPathFitsASocketAddress)
{
    EXPECT_EQ(parsed("unix:/" + std::string(106, 'a')).path.size(), 107U);
    fault_of("unix:/" + std::string(107, 'a'));
}

TEST(RedisUrl, PortsFrom1To65535)
{
    for (const int port : {1, 255, 256, 6379, 32767, 32768, 65534, 65535}) {
        EXPECT_EQ(parsed("redis://h:" + std::to_string(port)).port, port);
    }
    for (const char* port :
         {"0", "65536", "65537", "4294967297", "-1", "+1", "", "x", "1x", " 1"}) {
        EXPECT_EQ(fault_of("redis://h:"s + port), "expected a port of 1 to 65535 after the host");
    }
}

TEST(RedisUrl, DatabaseNumbers)
{
    EXPECT_EQ(parsed("redis://h/").database, 0U);
    EXPECT_EQ(parsed("redis://h/0").database, 0U);
    EXPECT_EQ(parsed("redis://h/2147483646").database, 2147483646U);
    for (const char* text : {"redis://h/2147483647", "redis://h/-1", "redis://h/x", "redis://h/1/",
                             "redis://h/1?a", "unix:/s?db=", "unix:/s?db=x", "unix:/s?db=1&x=1"}) {
        EXPECT_EQ(fault_of(text), "expected a database number") << text;
    }
    EXPECT_EQ(fault_of("unix:/s?DB=1"), "expected nothing but ?db=N after the path");
}

TEST(RedisUrl, RefusesWhatItDoesNotSpeakByName)
{
    EXPECT_TRUE(fault_of("rediss://h").starts_with("rediss:// "));
    EXPECT_TRUE(fault_of("redis+sentinel://a,b/m").starts_with("redis+sentinel:// "));
    EXPECT_TRUE(fault_of("redis+cluster://a,b").starts_with("redis+cluster:// "));
}

TEST(RedisUrl, RefusesWrongText)
{
    for (const std::string& text : {""s,
                                    "redis"s,
                                    "redis:"s,
                                    "redis:/h"s,
                                    "redis://"s,
                                    "redis:///1"s,
                                    "redis://@"s,
                                    "redis://a b"s,
                                    "redis://h\n"s,
                                    "redis://h\0"s,
                                    "http://h"s,
                                    "h:6379"s,
                                    " redis://h"s,
                                    "REDIS://h"s,
                                    "unix:"s,
                                    "unix:/"s,
                                    "unix:run/s"s,
                                    "unix://run/s"s,
                                    "unix://u:p/s"s,
                                    "unix:/a\nb"s,
                                    "unix:/a\0b"s,
                                    "unix:?db=1"s,
                                    "redis://a,b"s,
                                    "redis://" + std::string(254, 'a')}) {
        fault_of(text);
    }
}

TEST(RedisUrl, PercentNeedsTwoHexDigitsAndNeverMakesNul)
{
    EXPECT_EQ(parsed("redis://:%41%6a%6A@h").password, "Ajj");
    for (const char* text : {"%", "%4", "%g0", "%0g", "a%", "a%4", "%00", "%%41"}) {
        EXPECT_EQ(fault_of("redis://:"s + text + "@h"),
                  "expected user:password@ with % only before two hex digits");
        fault_of("redis://"s + text + ":pw@h");
        fault_of("unix://:"s + text + "@/s");
    }
}

TEST(RedisUrl, FaultsNeverShowThePassword)
{
    for (const char* text :
         {"redis://gate:hunter2@", "redis://gate:hunter2@h:x", "redis://gate:hunter2@h/x",
          "redis://gate:hunter2%@h", "rediss://gate:hunter2@h", "unix://gate:hunter2@",
          "unix://gate:hunter2/s", "redis://gate:hunter2/x@h", "http://gate:hunter2@h",
          "redis://gate:hunter2@[x]"}) {
        EXPECT_EQ(fault_of(text).find("hunter2"), std::string::npos) << text;
    }
}

TEST(RedisUrl, DisplayHasNoCredentialsAndParsesBack)
{
    EXPECT_EQ(parsed("redis://gate:hunter2@h").display(), "redis://h:6379/0");
    EXPECT_EQ(parsed("unix://gate:hunter2@/run/s?db=4").display(), "unix:/run/s?db=4");
    for (const char* text :
         {"redis://h:1/2", "redis://[::1]:1/2", "unix:/run/s?db=0", "unix:////run/s?db=0"}) {
        EXPECT_EQ(parsed(text).display(), text);
        EXPECT_EQ(parsed(parsed(text).display()).display(), text);
    }
}

TEST(RedisUrl, FaultIsOptional)
{
    EXPECT_FALSE(RedisUrl::parse("http://h"));
    EXPECT_TRUE(RedisUrl::parse("redis://h"));
}

}  // namespace
}  // namespace mmx
