#include "lib/redis_refusal.hpp"

#include <gtest/gtest.h>

namespace mmx {
namespace {

TEST(RedisRefusal, IsWhatTheServerSays)
{
    const std::pair<std::string_view, RedisRefusal> said[] = {
        {"LOADING Redis is loading the dataset in memory", RedisRefusal::loading},
        {"BUSY Redis is busy running a script.", RedisRefusal::busy},
        {"READONLY You can't write against a read only replica.", RedisRefusal::read_only},
        {"ERR Error running script (call to f_a8159355de7fb1839c0823c9302a5eab208c7442): "
         "@user_script:195: @user_script: 195: -READONLY You can't write against a read only "
         "replica.",
         RedisRefusal::read_only},
        {"ERR Error running script (call to f_a8): @user_script:7: @user_script: 7: -NOPERM x",
         RedisRefusal::forbidden},
        {"ERR Error running script (call to f_a8): @user_script:7: attempt to index a nil value",
         RedisRefusal::other},
        {"MASTERDOWN Link with MASTER is down", RedisRefusal::read_only},
        {"WRONGPASS invalid username-password pair or user is disabled.",
         RedisRefusal::credentials},
        {"NOAUTH Authentication required.", RedisRefusal::credentials},
        {"NOSCRIPT No matching script. Please use EVAL.", RedisRefusal::no_script},
        {"NOPERM this user has no permissions to run the 'info' command", RedisRefusal::forbidden},
        {"ERR unknown command 'SCRIPT', with args beginning with: 'LOAD'", RedisRefusal::forbidden},
        {"ERR unknown command `INFO`, with args beginning with: ", RedisRefusal::forbidden},
        {"ERR Unknown subcommand or wrong number of arguments for 'LOAD'.",
         RedisRefusal::forbidden},
        {"ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'",
         RedisRefusal::other},
        {"OOM command not allowed when used memory > 'maxmemory'.", RedisRefusal::unwilling},
        {"ERR Error running script (call to f_a8): @user_script:7: @user_script: 7: -OOM command "
         "not allowed when used memory > 'maxmemory'.",
         RedisRefusal::unwilling},
        {"NOREPLICAS Not enough good replicas to write.", RedisRefusal::unwilling},
        {"MISCONF Redis is configured to save RDB snapshots", RedisRefusal::unwilling},
        {"CLUSTERDOWN The cluster is down", RedisRefusal::unwilling},
        {"ERR", RedisRefusal::other},
        {"", RedisRefusal::other}};
    for (const auto& [error, refusal] : said) {
        EXPECT_EQ(refusal_of(error), refusal) << error;
    }
}

}  // namespace
}  // namespace mmx
