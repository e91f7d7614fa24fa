#include "lib/server_info.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

TEST(ServerInfo, ReadsWhatThePromisesDependOn)
{
    const ServerInfo info = parse_server_info("# Server\r\nredis_version:7.0.15\r\n\r\n"
                                              "# Memory\r\nmaxmemory_policy:noeviction\r\n"
                                              "# Persistence\r\naof_enabled:1\r\n"
                                              "# Replication\r\nrole:master\r\n"
                                              "# Cluster\r\ncluster_enabled:0\r\n");
    EXPECT_EQ(info.version, "7.0.15");
    EXPECT_EQ(info.version_major, 7);
    EXPECT_TRUE(info.append_only && info.append_only_said);
    EXPECT_FALSE(info.cluster);
    EXPECT_FALSE(info.replica);
    EXPECT_EQ(info.eviction, "noeviction");
}

TEST(ServerInfo, ReadsTheOpposite)
{
    const ServerInfo info =
        parse_server_info("redis_version:10.2\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:0\r\n"
                          "role:slave\r\ncluster_enabled:1");
    EXPECT_EQ(info.version_major, 10);
    EXPECT_FALSE(info.append_only);
    EXPECT_TRUE(info.append_only_said);
    EXPECT_TRUE(info.cluster);
    EXPECT_TRUE(info.replica);
    EXPECT_EQ(info.eviction, "allkeys-lru");
}

TEST(ServerInfo, SaysNothingOfWhatIsMissing)
{
    for (const char* text : {"", "\r\n", "\n\n", ":", "redis_version", "aof_enabled", "x:1\r\n",
                             "redis_version:\r\n", " aof_enabled:1", "aof_enabled_x:1"}) {
        const ServerInfo info = parse_server_info(text);
        EXPECT_EQ(info.version_major, 0) << text;
        EXPECT_FALSE(info.append_only || info.append_only_said) << text;
        EXPECT_FALSE(info.cluster) << text;
        EXPECT_FALSE(info.replica) << text;
        EXPECT_EQ(info.eviction, "") << text;
    }
}

TEST(ServerInfo, LinesMayEndInLineFeedAlone)
{
    EXPECT_TRUE(parse_server_info("aof_enabled:1\nrole:slave\n").append_only);
    EXPECT_TRUE(parse_server_info("aof_enabled:1\nrole:slave\n").replica);
}

}  // namespace
}  // namespace mmx
