// The answer to a flush of totals: what is taken for one says so letter by letter.

#include "fuzz.hpp"
#include "lib/total_flush.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    for (const bool framed : {false, true}) {
        mmx::resp::Reader reader;
        reader.feed(framed ? "$" + std::to_string(size) + "\r\n" : "");
        reader.feed(text);
        reader.feed(framed ? "\r\n" : "");
        while (const mmx::resp::Reply* reply = reader.next()) {
            if (const auto answer = mmx::parse_total_flush_reply(*reply)) {
                mmx::fuzz::check(reply->text(0).ends_with(answer->counted ? " 0" : " 1"),
                                 "a status that was not said");
            }
        }
    }
    return 0;
}
