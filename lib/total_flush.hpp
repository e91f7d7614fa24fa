#pragma once

// A flush of totals: the one command that adds what a worker's commits changed to the day's totals
// of all keys, and names the keys. What it does is written in total.lua; this page only spells it
// on the wire.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/api_key.hpp"
#include "lib/commit.hpp"
#include "lib/resp.hpp"
#include "lib/tallies.hpp"

namespace mmx {

struct TotalFlush {
    std::string_view worker;              // its id
    std::uint64_t sequence;               // microseconds of Redis' clock; 16 digits; grows
    std::int64_t now;                     // seconds of Redis' clock
    std::int64_t retention;               // of totals, seconds
    std::span<const Settlement> figures;  // one for each date
    std::span<const Tally> tallies;       // of these dates alone
    std::span<const KeyId> touched;
    // Of their credit, so much under the number of the last loan; one for each key, or none at all.
    struct Spent {
        std::int64_t count, loan;
        std::uint64_t since;  // see Commit
    };
    std::span<const Spent> spent;
};

// Appends the command. script is the 40 hex digits for EVALSHA, or the whole text for EVAL.
void append_total_flush(std::string& out, std::string_view verb, std::string_view script,
                        const TotalFlush& flush);

struct TotalFlushReply {
    std::uint64_t sequence;
    bool counted;  // false: it came too late
};

// Nothing when the reply is not one of total.lua's.
std::optional<TotalFlushReply> parse_total_flush_reply(const resp::Reply& reply) noexcept;

}  // namespace mmx
