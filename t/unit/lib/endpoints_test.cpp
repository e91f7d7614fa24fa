// Which endpoint a method and a path reach: those of MiniMax' API, and nothing beside them.

#include "lib/passage/endpoints.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mmx {
namespace {

TEST(FamilyOf, TellsWhatIsOfferedEverywhereFromTheRest)
{
    EXPECT_EQ(family_of("POST", "/v1/chat/completions"), Family::chat);
    EXPECT_EQ(family_of("GET", "/v1/models/MiniMax-M2.7"), Family::models);
    EXPECT_EQ(family_of("HEAD", "/v1/models"), Family::models);
    EXPECT_EQ(family_of("POST", "/anthropic/v1/messages"), Family::messages);
    EXPECT_EQ(family_of("GET", "/v1/files/list"), Family::files);
    EXPECT_EQ(family_of("DELETE", "/v2/video_generation/424010985738629"), Family::video);
    for (const Family family : {Family::chat, Family::models, Family::messages, Family::responses,
                                Family::embeddings, Family::speech}) {
        EXPECT_NE(offered_everywhere & set_of(family), 0U) << name_of(family);
    }
    for (const Family family :
         {Family::files, Family::voices, Family::images, Family::video, Family::music,
          Family::transcription, Family::tools, Family::plan, Family::balance}) {
        EXPECT_EQ(offered_everywhere & set_of(family), 0U) << name_of(family);
    }
}

TEST(FamilyOf, KnowsNothingThatIsSpelledOtherwise)
{
    const std::vector<std::string> good = {"/v1/chat/completions", "/v1/models", "/v1/files/list"};
    for (const std::string& path : good) {
        const std::string spellings[] = {path + "/",    path + "//",     "/" + path,   path + "\n",
                                         path + ";a=b", path + "?x",     path + "%20", "/x" + path,
                                         path + "/..",  path + "/../..", "",           "/",
                                         path.substr(1)};
        for (const std::string& spelled : spellings) {
            for (const char* method : {"GET", "POST"}) {
                EXPECT_EQ(family_of(method, spelled), std::nullopt) << method << ' ' << spelled;
            }
        }
    }
    EXPECT_EQ(family_of("POST", "/V1/chat/completions"), std::nullopt);
    EXPECT_EQ(family_of("post", "/v1/chat/completions"), std::nullopt);
    EXPECT_EQ(family_of("PUT", "/v1/chat/completions"), std::nullopt);
    EXPECT_EQ(family_of("GET", "/v1/chat/completions"), std::nullopt);
}

TEST(FamilyOf, TakesANameWhereOneBelongs)
{
    for (const char* name : {"", ".", "..", "a/b", "a%2fb", "mmx-0123456789abcdef", "a b", "a?b"}) {
        EXPECT_EQ(family_of("GET", std::string("/v1/models/") + name), std::nullopt) << name;
    }
}

TEST(FamilyNamed, KnowsEachByItsOwnName)
{
    for (unsigned i = 0; i < static_cast<unsigned>(Family::count); ++i) {
        const auto family = static_cast<Family>(i);
        EXPECT_EQ(family_named(name_of(family)), family);
    }
    EXPECT_EQ(family_named("all"), std::nullopt);
    EXPECT_EQ(family_named("Files"), std::nullopt);
}

}  // namespace
TEST(Endpoints, WhatMiniMaxDoesNotChargeIsNotCounted)
{
    for (const std::string_view method : {"GET", "HEAD", "OPTIONS"}) {
        EXPECT_FALSE(is_charged(method, "/v1/models")) << method;
        EXPECT_FALSE(is_charged(method, "/v1/chat/completions")) << method;
    }
    for (const std::string_view path :
         {"/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens",
          "/mini/v1/messages/count_tokens", "/mini/anthropic/v1/messages/count_tokens",
          "/v1/responses/input_tokens", "/my-api_2/v1/responses/input_tokens"}) {
        EXPECT_FALSE(is_charged("POST", path)) << path;
        EXPECT_TRUE(is_charged("PUT", path)) << path;
        EXPECT_TRUE(is_charged("post", path)) << path;
    }
    for (const std::string_view path :
         {"/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens/",
          "/v1/messages/count_tokens/x", "/a/b/v1/messages/count_tokens",
          "//v1/messages/count_tokens", "/a.b/v1/messages/count_tokens",
          "a/v1/messages/count_tokens", "v1/messages/count_tokens", "/v1/messages/COUNT_TOKENS", "",
          "/"}) {
        EXPECT_TRUE(is_charged("POST", path)) << path;
    }
}

}  // namespace mmx
