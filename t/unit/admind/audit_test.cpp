// The audit trail's entries: what a hash covers, and how a batch is told.

#include "trail/audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mmx::admin {
namespace {

const SubKey key{1, 2, 3};

AuditEntry good_entry()
{
    AuditEntry entry = audit_entry("key.create", "0123", R"({"user":"ann"})");
    entry.time = 1795305600;
    entry.actor = "user:root";
    entry.address = "203.0.113.7";
    entry.prev = "5f";
    return entry;
}

std::vector<KeyId> ids_of(std::size_t count)
{
    std::vector<KeyId> ids;
    for (std::size_t i = 0; i < count; i++) {
        const std::string digits = std::to_string(i);
        ids.push_back(KeyId::parse(std::string(32 - digits.size(), '0') + digits).value());
    }
    return ids;
}

// By Python: hmac.new(key, '["5f",1795305600,"user:root",…]', 'sha256').hexdigest()
TEST(AuditHash, IsAnHmacOfTheEntryAsJson)
{
    AuditEntry entry = good_entry();
    EXPECT_EQ(audit_hash(key, entry),
              "219ae29c8d1eab5402376b42c99591d1d6755d3317882c92e33c18131746d35f");
    entry.address.clear();
    EXPECT_EQ(audit_hash(key, entry),
              "6a63128fcc123a8036e92885ea2a610aa5ba8197f5d58b9c577ad4bbb8b9ffd0");
}

TEST(AuditHash, CoversEveryMember)
{
    std::set<std::string> hashes{audit_hash(key, good_entry()), audit_hash({}, good_entry())};
    const auto add = [&](auto member, auto value) {
        AuditEntry entry = good_entry();
        entry.*member = value;
        hashes.insert(audit_hash(key, entry));
    };
    add(&AuditEntry::time, 1795305601);
    add(&AuditEntry::actor, "user:rook");
    add(&AuditEntry::address, "");
    add(&AuditEntry::action, "key.delete");
    add(&AuditEntry::object, "0124");
    add(&AuditEntry::detail, "{}");
    add(&AuditEntry::prev, "60");
    EXPECT_EQ(hashes.size(), 9U);
}

TEST(AuditHash, TellsWhereOneMemberEnds)
{
    AuditEntry left = good_entry(), right = good_entry();
    left.action = "a";
    left.object = "bc";
    right.action = "ab";
    right.object = "c";
    EXPECT_NE(audit_hash(key, left), audit_hash(key, right));
}

TEST(AuditLine, IsOneBoundedLineOfAscii)
{
    AuditEntry entry = good_entry();
    entry.hash = std::string(64, 'a');
    EXPECT_EQ(audit_line(7, entry, false),
              R"(audit {"number":7,"hash":")" + entry.hash +
                  R"(","time":1795305600,"actor":"user:root","address":"203.0.113.7",)"
                  R"("action":"key.create","object":"0123","detail":"{\"user\":\"ann\"}"})");
    EXPECT_TRUE(audit_line(7, entry, true).ends_with(R"("unsure":true})"));
    entry.object = "a\nmmx-admind: audit \x1b[2J\xff张";
    for (std::string* text : {&entry.actor, &entry.object, &entry.detail}) {
        for (int i = 0; i < 10000; i++) {
            *text += "张\"\n";
        }
    }
    const std::string line = audit_line(7, entry, false);
    EXPECT_LT(line.size(), 4096U);
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < '\x7f'; })) << line;
}

TEST(AuditHash, IsToldFromOtherText)
{
    EXPECT_TRUE(is_audit_hash(audit_hash(key, good_entry())));
    EXPECT_FALSE(is_audit_hash(std::string(63, '0')));
    EXPECT_FALSE(is_audit_hash(std::string(63, '0') + "A"));
    EXPECT_FALSE(is_audit_hash(""));
}

TEST(BatchEntries, NameOneKeyAndCountMany)
{
    const auto detail = [](std::size_t begin, std::size_t count) {
        return std::to_string(begin) + "+" + std::to_string(count);
    };
    EXPECT_TRUE(batch_entries("key.delete", {}, detail).empty());
    const auto one = batch_entries("key.delete", ids_of(1), detail);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].action, "key.delete");
    EXPECT_EQ(one[0].object, std::string(32, '0'));
    EXPECT_EQ(one[0].detail, "0+1");
    const auto many = batch_entries("key.delete", ids_of(2 * audit_ids_max + 1), detail);
    ASSERT_EQ(many.size(), 3U);
    EXPECT_EQ(many[0].object, "100 keys");
    EXPECT_EQ(many[1].detail, "100+100");
    EXPECT_EQ(many[2].object, std::string(29, '0') + "200");
    EXPECT_EQ(many[2].detail, "200+1");
}

}  // namespace
}  // namespace mmx::admin
