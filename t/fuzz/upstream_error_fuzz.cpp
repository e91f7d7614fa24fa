// MiniMax's error answers: the first line is a status, the rest a body. A code is one of four or
// five digits, and what is cut off tells no other one.

#include <cstdlib>

#include "fuzz.hpp"
#include "lib/upstream_error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = mmx::fuzz::text(data, size);
    const std::string_view line = mmx::fuzz::take_line(input);
    const int status = 400 + static_cast<int>(line.size() % 200);
    const mmx::UpstreamError error = mmx::read_upstream_error(status, input);
    mmx::fuzz::check(error.code == 0 || (error.code >= 1000 && error.code <= 99999),
                     "a code that is none");
    mmx::fuzz::check(error.fault == mmx::fault_of(status, error.code, error.described),
                     "two faults for one answer");
    return 0;
}
