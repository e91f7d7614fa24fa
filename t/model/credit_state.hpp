#pragma once

// A state of the model of credit: what Redis, two workers and the daemon know of one key, and what
// is on its way between them.
//
// Nothing in it grows for ever, so that a search comes to an end: time is kept as ticks that are
// left, and of a number that is only ever compared (a sequence, the count of recalls, of grants, of
// write-offs) only whether it is still the present one. Each state is bytes without padding: equal
// states are equal bytes.

#include <array>
#include <cstdint>
#include <type_traits>

namespace mmx::model {

using Small = std::uint8_t;

// Down to nothing, and no further.
constexpr Small less(Small value, Small by) noexcept
{
    return value > by ? static_cast<Small>(value - by) : Small{0};
}

inline constexpr Small last_resort = 255;  // Command::ask: refuse even while credit is out

// What a commit says to Redis.
struct Command {
    Small asked = 0, ask = 0, back = 0, closes = 0;
    Small again = 0;
    Small epoch = 0;   // 1: the epoch it names is the one in force
    Small grants = 0;  // 1: the number of grants that it names is the present one
};

// undone: nothing was written, and the worker must send it all again in another form.
enum Status : Small { all_granted, exhausted, disabled, hold, undone };

// What Redis says to it.
struct Answer {
    Small status = 0, granted = 0, credit = 0;
    Small epoch = 0;       // 1: it names the epoch in force
    Small new_epoch = 0;   // 1: which is not the one that the command named
    Small grants = 0;      // 1: the number of grants that it names is the present one
    Small new_grants = 0;  // 1: which is not the one that the worker on hold was told
};

enum Stage : Small { idle, sent, answered };        // of a commit
enum Poll : Small { unsent, unchanged, recalled };  // of a poll: what its answer will say
enum Hold : Small { none, recall_due, recall_made };

struct Worker {
    Small waiting = 0, late = 0;  // clients; how many of them came after the confirmation
    Small credit = 0, held = 0, back = 0;
    Small returns = 0, tops_up = 0;  // why it takes its turn, beside somebody waiting
    Small lease = 0;                 // ticks left, by commit or by poll: the longer
    Small epoch = 1;                 // as in Command

    Small holding = none, hold_left = 0;  // ticks left until the last resort
    Small grants = 0;                     // as in Command: what it was told when it met `hold`
    Small paused = 0;                     // until the next tick

    Small stage = idle;
    Command command;
    Small gone = 0;   // of its members
    Small age = 0;    // ticks since it was first sent
    Small stale = 0;  // a recall was read since
    Small late_members = 0;
    Small renumbered = 0;            // (a mutation) under a number that Redis does not know
    Small copy = 0, copy_again = 0;  // an old copy of the command is still on its way
    Small ran = 0;                   // Redis remembers it, with this answer
    Answer answer;                   // remembered, or on its way

    Small poll = unsent, poll_age = 0;
    Small unread = 0;  // 1: recalls is not what the worker last read
    Small since = 0;   // 1: nor what the poll under way has read
};

enum Change : Small { unchanged_key, written, announced, confirmed };

struct State {
    Small count = 0, credit = 0, limit = 0, is_disabled = 0;
    Small forwarded = 0, lost = 0;
    Small change = unchanged_key, change_left = 0;
    Small arrivals = 0, losses = 0, crashes = 0, departures = 0;  // still to come
    Small recalls = 0, undone = 0, refunds = 0;
    Small crashed = 0;  // without a ledger
    Small orphan = 0;   // a dead worker's command is still on its way
    Command orphaned;
    std::array<Worker, 2> workers;
};

static_assert(std::has_unique_object_representations_v<State>);

}  // namespace mmx::model
