#include "lib/networks.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>

namespace mmx {
namespace {

std::vector<std::uint8_t> address(const std::string& text)
{
    std::vector<std::uint8_t> bytes(16);
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
        bytes.resize(4);
        return bytes;
    }
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
    return bytes;
}

std::string canonical(std::string_view text)
{
    const auto networks = Networks::parse(text);
    return networks ? networks->text() : "refused";
}

std::string fault_of(std::string_view text)
{
    const auto networks = Networks::parse(text);
    EXPECT_FALSE(networks) << text;
    return networks ? "" : networks.fault();
}

TEST(Networks, EmptyListAllowsAll)
{
    const auto networks = Networks::parse("");
    ASSERT_TRUE(networks);
    EXPECT_TRUE(networks->empty());
    EXPECT_EQ(networks->text(), "");
    EXPECT_TRUE(networks->allow(address("203.0.113.7")));
    EXPECT_TRUE(networks->allow(address("2001:db8::1")));
    EXPECT_TRUE(networks->allow({}));  // a client on a unix socket
}

TEST(Networks, CanonicalForm)
{
    EXPECT_EQ(canonical("10.0.0.0/8,2001:db8::/32"), "10.0.0.0/8,2001:db8::/32");
    EXPECT_EQ(canonical("2001:db8::/32,10.0.0.0/8"), "2001:db8::/32,10.0.0.0/8");
    EXPECT_EQ(canonical("  10.0.0.0/8 , 192.0.2.1/32 "), "10.0.0.0/8,192.0.2.1");
    EXPECT_EQ(canonical("2001:0DB8:0000::/32,2001:db8::1/128"), "2001:db8::/32,2001:db8::1");
    EXPECT_EQ(canonical("0.0.0.0/0,::/0"), "0.0.0.0/0,::/0");
    EXPECT_EQ(canonical("::ffff:10.0.0.0/104,::ffff:192.0.2.1"), "10.0.0.0/8,192.0.2.1");
    EXPECT_EQ(canonical(" "), "");
}

TEST(Networks, EveryPrefixHoldsItsBlockAndNotItsNeighbours)
{
    for (const int bits : {32, 128}) {
        const std::size_t length = static_cast<std::size_t>(bits) / 8;
        for (int prefix = 0; prefix <= bits; ++prefix) {
            // Address 10101010..., cut to the prefix.
            std::vector<std::uint8_t> base(length, 0xaa);
            for (int bit = prefix; bit < bits; ++bit) {
                base[static_cast<std::size_t>(bit) / 8] &=
                    static_cast<std::uint8_t>(~(0x80 >> bit % 8));
            }
            std::array<char, INET6_ADDRSTRLEN> text{};
            inet_ntop(bits == 32 ? AF_INET : AF_INET6, base.data(), text.data(), text.size());
            const auto networks =
                Networks::parse(std::string(text.data()) + "/" + std::to_string(prefix));
            ASSERT_TRUE(networks) << text.data() << "/" << prefix;
            EXPECT_TRUE(networks->allow(base));
            for (int bit = 0; bit < bits; ++bit) {
                std::vector<std::uint8_t> other = base;
                other[static_cast<std::size_t>(bit) / 8] ^=
                    static_cast<std::uint8_t>(0x80 >> bit % 8);
                EXPECT_EQ(networks->allow(other), bit >= prefix) << prefix << " bit " << bit;
            }
        }
    }
}

TEST(Networks, FamiliesDoNotMix)
{
    const auto four = Networks::parse("0.0.0.0/0");
    EXPECT_TRUE(four->allow(address("203.0.113.7")));
    EXPECT_TRUE(four->allow(address("::ffff:203.0.113.7")));
    EXPECT_FALSE(four->allow(address("2001:db8::1")));
    EXPECT_FALSE(four->allow({}));

    const auto six = Networks::parse("::/0");
    EXPECT_FALSE(six->allow(address("203.0.113.7")));
    EXPECT_FALSE(six->allow(address("::ffff:203.0.113.7")));
    EXPECT_TRUE(six->allow(address("2001:db8::1")));
    EXPECT_TRUE(six->allow(address("::203.0.113.7")));  // deprecated, and not mapped
}

TEST(Networks, MappedBlockIsItsIpv4Block)
{
    const auto networks = Networks::parse("::ffff:10.0.0.0/104");
    EXPECT_TRUE(networks->allow(address("10.255.255.255")));
    EXPECT_TRUE(networks->allow(address("::ffff:10.1.2.3")));
    EXPECT_FALSE(networks->allow(address("11.0.0.0")));
}

TEST(Networks, AnyBlockOfSeveralWillDo)
{
    const auto networks = Networks::parse("192.0.2.0/24,198.51.100.7,2001:db8::/32");
    for (const char* inside :
         {"192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8:ffff:ffff::", "::ffff:192.0.2.9"}) {
        EXPECT_TRUE(networks->allow(address(inside))) << inside;
    }
    for (const char* outside : {"192.0.1.255", "192.0.3.0", "198.51.100.6", "198.51.100.8",
                                "2001:db7:ffff::", "2001:db9::", "::"}) {
        EXPECT_FALSE(networks->allow(address(outside))) << outside;
    }
}

TEST(Networks, AddressesOfOtherLengthsAreRefused)
{
    const auto networks = Networks::parse("0.0.0.0/0,::/0");
    const std::array<std::uint8_t, 17> bytes{};
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        EXPECT_EQ(networks->allow(std::span(bytes).first(length)), length == 4 || length == 16);
    }
}

TEST(Networks, RefusesWhatIsNotABlock)
{
    for (const char* text : {",",
                             "10.0.0.0/8,",
                             ",10.0.0.0/8",
                             "10.0.0.0/8,,::/0",
                             "10.0.0.0/",
                             "10.0.0.0/33",
                             "10.0.0.0/-1",
                             "10.0.0.0/+8",
                             "10.0.0.0/08",
                             "10.0.0.0/8/8",
                             "10.0.0/8",
                             "10",
                             "010.0.0.0",
                             "256.0.0.0",
                             "::/129",
                             "::/300",
                             ":::/0",
                             "fe80::1%eth0",
                             "host",
                             "10.0.0.0 /8",
                             "10.0.0.0/ 8",
                             "[::1]",
                             "10.0.0.0/8;::/0",
                             "10.0.0.0/8\n"}) {
        EXPECT_EQ(canonical(text), "refused") << text;
    }
    using namespace std::string_literals;
    EXPECT_EQ(canonical("10.0.0.0\0/8"s), "refused");
    EXPECT_EQ(canonical("10.0.0.0\0"s), "refused");
}

TEST(Networks, FaultSaysWhichBlockAndWhatWasExpected)
{
    EXPECT_EQ(fault_of("::/0,10.1.0.0/8"),
              "\"10.1.0.0/8\": has host bits set, expected 10.0.0.0/8");
    EXPECT_EQ(fault_of("2001:db8::1/32"),
              "\"2001:db8::1/32\": has host bits set, expected 2001:db8::/32");
    EXPECT_EQ(fault_of("10.0.0.0/33"), "\"10.0.0.0/33\": expected a prefix length of 0 to 32");
    EXPECT_EQ(fault_of("::/x"), "\"::/x\": expected a prefix length of 0 to 128");
    EXPECT_EQ(fault_of("office"), "\"office\": expected an address or block such as 10.0.0.0/8 or "
                                  "2001:db8::/32");
    EXPECT_EQ(fault_of("a\x1b[31m"), "\"a?[31m\": expected an address or block such as 10.0.0.0/8 "
                                     "or 2001:db8::/32");
    EXPECT_LT(fault_of(std::string(10000, 'x')).size(), 200U);
}

TEST(Networks, HoldsAtMostTheNamedNumberOfBlocks)
{
    std::string text = "10.0.0.0";
    for (std::size_t i = 1; i < networks_max; ++i) {
        text += ",10.0.0." + std::to_string(i);
    }
    EXPECT_EQ(canonical(text), text);
    EXPECT_EQ(fault_of(text + ",10.0.1.0"), "expected at most 64 blocks");
}

TEST(CountedNetwork, IsTheWholeNetworkOfAnIpv6Customer)
{
    for (const char* inside :
         {"2001:db8:1:2::5", "2001:db8:1:2:3:4:5:6", "2001:0DB8:1:2:ffff:ffff:ffff:ffff"}) {
        EXPECT_EQ(counted_network(inside), "2001:db8:1:2::/64") << inside;
    }
    EXPECT_EQ(counted_network("2001:db8:1:3::5"), "2001:db8:1:3::/64");
    EXPECT_EQ(counted_network("2001:db8::1"), "2001:db8::/64");
    EXPECT_EQ(counted_network("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
    EXPECT_EQ(counted_network("::1"), "::/64");
}

TEST(CountedNetwork, IsAnIpv4AddressItselfInEitherForm)
{
    EXPECT_EQ(counted_network("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(counted_network("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(counted_network("::ffff:c000:201"), "192.0.2.1");
}

TEST(CountedNetwork, IsAnyOtherTextAsItStands)
{
    for (const char* text : {"", "unix:", "fe80::1%eth0", "2001:db8::/64", "no address"}) {
        EXPECT_EQ(counted_network(text), text);
    }
}

}  // namespace
}  // namespace mmx
