// What the audit trail keeps of changes: what it was before and is now, without a secret.

#include "store/detail.hpp"

#include <gtest/gtest.h>

#include "store/key_changes.hpp"
#include "store/settings.hpp"

namespace mmx::admin {
namespace {

const KeyId first = KeyId::parse(std::string(32, '0')).value();
const KeyId second = KeyId::parse(std::string(32, '1')).value();

TEST(Detail, TellsOnlyWhatIsSet)
{
    Json detail = Json::object();
    put_change(detail, "day", 5, std::optional<std::int64_t>());
    EXPECT_EQ(to_text(detail), "{}");
    put_change(detail, "day", 5, std::optional<std::int64_t>(0));
    put_change(detail, "note", std::string("a\"b"), std::optional<std::string>(""));
    EXPECT_EQ(to_text(detail), R"({"day":{"from":5,"to":0},"note":{"from":"a\"b","to":""}})");
}

TEST(Detail, LeavesOutWhatWasBefore)
{
    Json detail = Json::object();
    put_change(detail, "enabled", true, std::optional(false));
    EXPECT_EQ(to_text(without_before(detail)), R"({"enabled":{"to":false}})");
}

TEST(Detail, OfAKeysChangeHasBothSides)
{
    Key before;
    before.user = "ann";
    before.limits.day = 10;
    KeyChange change;
    change.day = 20;
    change.user = "bob";
    EXPECT_EQ(change_detail(before, change),
              R"({"day":{"from":10,"to":20},"user":{"from":"ann","to":"bob"}})");
}

TEST(Detail, OfABatchNamesItsKeys)
{
    KeyChange change;
    change.enabled = false;
    const std::string ids = R"("ids":[")" + std::string(first.view()) + R"(",")" +
                            std::string(second.view()) + R"("]})";
    const std::vector<KeyId> keys{first, second};
    EXPECT_EQ(batch_detail(keys, change), R"({"enabled":{"to":false},)" + ids);
    EXPECT_EQ(batch_detail(keys, {}), "{" + ids);
}

TEST(Detail, OfNewKeysHasLimitsOrIdsButNoKey)
{
    std::vector<NewKey> keys(2);
    for (NewKey& key : keys) {
        key.api_key = SecretText("mmx-0123456789abcdef");
        key.user = "ann";
        key.limits = {.day = 1, .month = 2};
    }
    keys[0].id = first;
    keys[1].id = second;
    EXPECT_EQ(creation_detail(std::span(keys).first(1)), R"({"user":"ann","day":1,"month":2})");
    EXPECT_EQ(creation_detail(keys), R"({"user":"ann","ids":[")" + std::string(first.view()) +
                                         R"(",")" + std::string(second.view()) + R"("]})");
}

TEST(Detail, OfSettingsHasBothSides)
{
    Settings before;
    before.timezone = "Asia/Shanghai";
    before.defaults.month = 7;
    SettingsChange change;
    EXPECT_TRUE(change.is_empty());
    EXPECT_EQ(change_detail(before, change), "{}");
    change.timezone = "Europe/Berlin";
    change.default_month = 0;
    EXPECT_FALSE(change.is_empty());
    EXPECT_EQ(change_detail(before, change),
              R"({"timezone":{"from":"Asia/Shanghai","to":"Europe/Berlin"},)"
              R"("default_month":{"from":7,"to":0}})");
}

}  // namespace
}  // namespace mmx::admin
