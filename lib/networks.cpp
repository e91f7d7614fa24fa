#include "lib/networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "lib/text.hpp"

namespace mmx {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::uint8_t mapped_bits = 96;

bool is_mapped(std::span<const std::uint8_t> address) noexcept
{
    return address.size() == 16 &&
           std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
}

// What inet_ntop may print and inet_pton may read; neither a scope nor a stray byte gets past it.
bool has_address_characters(std::string_view text) noexcept
{
    return text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// The length in bytes of the address that text spells, or 0.
std::uint8_t parse_address(std::string_view text, std::array<std::uint8_t, 16>& bytes) noexcept
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size() || !has_address_characters(text)) {
        return 0;
    }
    text.copy(terminated.data(), text.size());
    if (inet_pton(AF_INET, terminated.data(), bytes.data()) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1 ? 16 : 0;
}

// Decimal without leading zeros, 0 to max.
std::optional<std::uint8_t> parse_prefix(std::string_view text, std::uint8_t max) noexcept
{
    if (text.size() > 1 && text.front() == '0') {
        return std::nullopt;
    }
    return parse_digits<std::uint8_t>(text, 0, max);
}

// The bits of byte number `at` that belong to the network.
std::uint8_t mask(std::uint8_t prefix, std::size_t at) noexcept
{
    const int bits = std::clamp(int{prefix} - 8 * static_cast<int>(at), 0, 8);
    return static_cast<std::uint8_t>(0xff00 >> bits);
}

bool same_network(const std::uint8_t* a, const std::uint8_t* b, std::size_t length,
                  std::uint8_t prefix) noexcept
{
    for (std::size_t i = 0; i < length; ++i) {
        if (((a[i] ^ b[i]) & mask(prefix, i)) != 0) {
            return false;
        }
    }
    return true;
}

std::string address_text(const std::array<std::uint8_t, 16>& bytes, std::uint8_t length)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
}

// A wrong block for a message: as it was typed, but short and without what a terminal obeys.
std::string quoted(std::string_view text)
{
    constexpr std::size_t shown = 64;
    std::string out = "\"";
    for (const char c : text.substr(0, shown)) {
        out += c >= ' ' && c <= '~' ? c : '?';
    }
    return out + (text.size() > shown ? "...\"" : "\"");
}

}  // namespace

std::string Networks::text(const Block& block)
{
    std::string out = address_text(block.bytes, block.length);
    if (block.prefix < 8 * block.length) {
        out += "/" + std::to_string(block.prefix);
    }
    return out;
}

Result<Networks::Block> Networks::parse_block(std::string_view text)
{
    Block block{};
    const std::size_t slash = text.find('/');
    block.length = parse_address(text.substr(0, slash), block.bytes);
    if (block.length == 0) {
        return Fault{quoted(text) +
                     ": expected an address or block such as 10.0.0.0/8 or 2001:db8::/32"};
    }
    const auto bits = static_cast<std::uint8_t>(8 * block.length);
    block.prefix = bits;
    if (slash != std::string_view::npos) {
        const auto prefix = parse_prefix(text.substr(slash + 1), bits);
        if (!prefix) {
            return Fault{quoted(text) + ": expected a prefix length of 0 to " +
                         std::to_string(bits)};
        }
        block.prefix = *prefix;
    }
    Block network = block;
    for (std::size_t i = 0; i < block.length; ++i) {
        network.bytes[i] &= mask(block.prefix, i);
    }
    if (network.bytes != block.bytes) {
        return Fault{quoted(text) + ": has host bits set, expected " + Networks::text(network)};
    }
    if (block.prefix >= mapped_bits && block.length == 16 && is_mapped(block.bytes)) {
        std::copy(block.bytes.begin() + 12, block.bytes.end(), block.bytes.begin());
        std::fill(block.bytes.begin() + 4, block.bytes.end(), std::uint8_t{0});
        block.length = 4;
        block.prefix = static_cast<std::uint8_t>(block.prefix - mapped_bits);
    }
    return block;
}

Result<Networks> Networks::parse(std::string_view text)
{
    Networks networks;
    if (trim(text).empty()) {
        return networks;
    }
    for (bool more = true; more;) {
        if (networks.blocks_.size() == networks_max) {
            return Fault{"expected at most " + std::to_string(networks_max) + " blocks"};
        }
        const std::size_t comma = text.find(',');
        const auto block = parse_block(trim(text.substr(0, comma)));
        if (!block) {
            return Fault{block.fault()};
        }
        networks.blocks_.push_back(*block);
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return networks;
}

std::string Networks::text() const
{
    std::string out;
    for (const Block& block : blocks_) {
        out.append(out.empty() ? "" : ",").append(text(block));
    }
    return out;
}

bool Networks::allow(std::span<const std::uint8_t> address) const noexcept
{
    if (is_mapped(address)) {
        address = address.subspan(mapped_prefix.size());
    }
    return blocks_.empty() || std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& block) {
               return block.length == address.size() &&
                      same_network(block.bytes.data(), address.data(), block.length, block.prefix);
           });
}

std::string counted_network(std::string_view address)
{
    std::array<std::uint8_t, 16> bytes{};
    if (parse_address(address, bytes) != bytes.size()) {
        return std::string(address);
    }
    if (is_mapped(bytes)) {
        std::copy(bytes.begin() + mapped_prefix.size(), bytes.end(), bytes.begin());
        return address_text(bytes, 4);
    }
    constexpr std::uint8_t prefix = 64;
    std::fill(bytes.begin() + prefix / 8, bytes.end(), std::uint8_t{0});
    return address_text(bytes, bytes.size()) + "/" + std::to_string(prefix);
}

}  // namespace mmx
