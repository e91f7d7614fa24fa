// A list of networks: its canonical form must be stable and allow what the list allows. The first
// 16 bytes are an address to try, the rest is the list.

#include <algorithm>
#include <array>

#include "fuzz.hpp"
#include "lib/networks.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::array<std::uint8_t, 16> address{};
    const std::size_t head = std::min(size, address.size());
    std::copy_n(data, head, address.begin());
    const std::string_view text = mmx::fuzz::text(data + head, size - head);

    const auto networks = mmx::Networks::parse(text);
    if (!networks) {
        const std::string& fault = networks.fault();
        mmx::fuzz::check(!fault.empty() && fault.size() < 256, "a refusal without a short reason");
        const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
        mmx::fuzz::check(std::all_of(fault.begin(), fault.end(), is_printable),
                         "a reason that a terminal obeys");
        return 0;
    }
    const std::string canonical = networks->text();
    const auto again = mmx::Networks::parse(canonical);
    mmx::fuzz::check(again.has_value(), "the canonical form is refused");
    mmx::fuzz::check(again->text() == canonical, "the canonical form is not stable");
    mmx::fuzz::check(again->empty() == networks->empty(), "blocks are lost");
    for (const std::size_t length : {0, 4, 15, 16}) {
        const auto tried = std::span(address).first(length);
        mmx::fuzz::check(networks->allow(tried) == again->allow(tried), "another verdict");
    }
    return 0;
}
