// INFO of a server: whatever it says of itself is read or passed over.

#include "fuzz.hpp"
#include "lib/server_info.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    const mmx::ServerInfo info = mmx::parse_server_info(text);
    mmx::fuzz::check(info.version.size() + info.eviction.size() <= size, "more than was said");
    mmx::fuzz::check(!info.append_only || text.find("aof_enabled:1") != text.npos,
                     "a promise nobody made");
    return 0;
}
