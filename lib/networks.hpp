#pragma once

// A key's network allow-list: CIDR blocks of IPv4 and IPv6, as stored in the record's `networks`
// field: text blocks separated by commas, in the order they were given, no spaces. And the network
// that an address is counted as.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.hpp"

namespace mmx {

inline constexpr std::size_t networks_max = 64;  // blocks per key

class Networks {
public:
    // Parses `10.0.0.0/8,2001:db8::/32`; a bare address is a block of one. Empty text allows all.
    // Spaces beside a comma are forgiven. An IPv4-mapped block is its IPv4 block. A fault on a
    // wrong block, on host bits set beyond the prefix, or on more than networks_max says which
    // block and what was expected.
    static Result<Networks> parse(std::string_view text);

    // The canonical form, for storing: no spaces, no prefix behind a block of one.
    std::string text() const;

    bool empty() const noexcept { return blocks_.empty(); }

    // address: 4 bytes (IPv4) or 16 (IPv6), network order. An IPv4-mapped IPv6 address counts as
    // IPv4. True when the list is empty or a block contains it.
    bool allow(std::span<const std::uint8_t> address) const noexcept;

private:
    struct Block {
        std::array<std::uint8_t, 16> bytes;
        std::uint8_t length;  // of the address: 4 or 16 bytes
        std::uint8_t prefix;  // bits
    };
    static Result<Block> parse_block(std::string_view text);
    static std::string text(const Block& block);

    std::vector<Block> blocks_;
};

// What an address counts as wherever strangers are counted: an IPv4 address itself, also when it is
// written as an IPv4-mapped one; of an IPv6 address its /64, which one customer has whole. Any
// other text stands for itself. conf/mmx_http.conf does the same for nginx: $mmx_counted_network.
std::string counted_network(std::string_view address);

}  // namespace mmx
