// The answer to a commit: whatever it says, what comes out is within its bounds.

#include "fuzz.hpp"
#include "lib/commit.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = mmx::fuzz::text(data, size);
    for (const bool framed : {false, true}) {
        mmx::resp::Reader reader;
        reader.feed(framed ? "$" + std::to_string(size) + "\r\n" : "");
        reader.feed(text);
        reader.feed(framed ? "\r\n" : "");
        while (const mmx::resp::Reply* reply = reader.next()) {
            const auto answer = mmx::parse_commit_reply(*reply);
            if (!answer) {
                continue;
            }
            mmx::fuzz::check(answer->granted <= mmx::commit_asked_max, "more granted than asked");
            mmx::fuzz::check(answer->status <= mmx::CommitStatus::hold, "a status without a name");
            mmx::fuzz::check(!answer->user || answer->user->size() <= reply->text(0).size(),
                             "a user out of text");
            mmx::fuzz::check(answer->detail.size() <= reply->text(0).size(), "detail out of text");
        }
    }
    return 0;
}
