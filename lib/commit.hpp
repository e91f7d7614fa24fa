#pragma once

// A commit: the one command that carries everything a worker has pending on one key, and its
// answer. What it does is written in commit.lua; this page only spells it on the wire.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api_key.hpp"
#include "lib/redis_keys.hpp"
#include "lib/resp.hpp"

namespace mmx {

inline constexpr std::uint32_t commit_asked_max = 4095;    // admissions in one commit
inline constexpr std::int64_t credit_max = 4095;           // of one key in one worker
inline constexpr std::size_t commit_settlements_max = 16;  // dates in one commit
// Their months, today's, and that of the live counters where it is another one.
inline constexpr std::size_t commit_archives_max = 2 * commit_settlements_max + 2;
inline constexpr std::size_t figure_count = std::size(redis_keys::figures);

using Date = std::array<char, 10>;  // `2026-11-22`

inline std::string_view view(const Date& date) noexcept
{
    return {date.data(), date.size()};
}

// Indices into Settlement::deltas, in the order of redis_keys::figures.
enum class Figure : std::size_t {
    requests,
    refunds,
    denied,
    failed,
    prompt_tokens,
    completion_tokens,
    cached_tokens,
    unmetered,
};

// What is to be added to one date's figures, and to those of its month.
struct Settlement {
    Date date;
    std::uint8_t moves = 0;  // from key to key, by an alias
    std::array<std::int64_t, figure_count> deltas{};
    std::int64_t bounded_refunds = 0;  // of its refunds, those that a key is given a number of

    std::int64_t& operator[](Figure figure) noexcept
    {
        return deltas[static_cast<std::size_t>(figure)];
    }
    std::int64_t operator[](Figure figure) const noexcept
    {
        return deltas[static_cast<std::size_t>(figure)];
    }
};

enum class CommitStatus {
    granted,
    day_exhausted,
    month_exhausted,
    disabled,
    expired,
    unknown_key,
    networks_differ,  // from here on, nothing was counted
    archive_needed,
    rotated,
    late,
    spoiled,
    hold,  // counted: the limits do not leave the rest, unless credit that is out comes back
};

struct Commit {
    KeyId id;
    std::string_view worker_field;  // redis_keys::field::sequence_prefix and the worker's id
    std::uint64_t sequence;         // microseconds of Redis' clock; 16 digits; grows
    std::string_view date;          // today's
    std::int64_t now;               // seconds of Redis' clock
    std::uint32_t asked;            // 0 to commit_asked_max
    bool again;                     // sent before, its reply lost
    bool about;                     // note the time of use, and tell the user
    std::string_view networks;      // `-`: nobody asks
    // Credit wanted, 0 to credit_max; or, below 0, the loan up to which all was called back: refuse
    // though it is out.
    std::int64_t ask = 0;
    std::int64_t back = 0;    // credit of today that is given back
    std::int64_t closes = 0;  // of what was lent, how much is out no more
    std::int64_t loan = 0;    // the number of the last loan that it was
    std::uint64_t since = 0;  // of what is given back and closed, the last commit that granted any;
                              // 0: that was under another id
    std::int64_t retention;   // of archives, seconds
    std::int64_t refund_bound;                    // bounded refunds for a key and day at least
    std::span<const std::string> archive_months;  // whose archives to name among KEYS
    std::span<const Settlement> settlements;      // at most commit_settlements_max
    std::span<const Settlement> returned = {};    // credit of other days; at most as many again
};

// Appends the command. script is the 40 hex digits for EVALSHA, or the whole text for EVAL.
void append_commit(std::string& out, std::string_view verb, std::string_view script,
                   const Commit& commit);

struct CommitReply {
    std::uint64_t sequence;
    CommitStatus status;
    std::uint32_t granted;
    std::int64_t day_count, month_count;  // after the commit
    std::int64_t day_limit, month_limit;  // 0: unlimited
    std::int64_t expires_at;              // seconds since 1970; 0: never
    std::int64_t lent;                    // 0 to credit_max, in the counts
    std::int64_t out;                     // with all workers together, in the counts as well
    std::int64_t loan, floor;             // loans so far; those that are written off
    // networks_differ: the key's list; archive_needed: a month; rotated: the id that counts now;
    // spoiled: the field that nobody of ours wrote. Valid as long as the reply, as is `user`.
    std::string_view detail;
    std::string_view withheld;  // refunds beyond the bound, `0,3`, by settlement; empty: none
    std::optional<std::string_view> user;  // where it was asked, and the key is known
    bool grace_over = false;               // rotated: the old key is no longer accepted
};

// Makes of settlements what became of them: without the refunds that were withheld, whose number it
// returns. withheld: CommitReply's.
std::int64_t withhold(std::span<Settlement> settlements, std::string_view withheld) noexcept;

// Of the record's field `credit`, `out loan floor`: how much is out. 0 where it says nothing.
std::int64_t credit_out(std::string_view credit) noexcept;

// Of recall.lua's answer, `number lease`: how long credit may hold anywhere, milliseconds; 0 where
// no gateway said.
std::int64_t lease_told(std::string_view recalled) noexcept;

// Nothing when the reply is not one of commit.lua's.
std::optional<CommitReply> parse_commit_reply(const resp::Reply& reply) noexcept;

}  // namespace mmx
