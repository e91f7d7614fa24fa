#pragma once

// The protocol of credit as a machine that can be in one of many states and does one step at a
// time: which steps there are, what each does, and what must be true of every state.
//
// Two workers, one key, one day. A step is an arrival, a message sent, run or delivered, a loss, a
// tick of the clock. Any step that is possible may be the next one, so a message may take any time.
//
// What may not happen (see Fault):
//  S1 more is forwarded than charged, or more charged than the limit
//  S2 a unit is charged and in nobody's books, or in two
//  S3 at rest the counter is not what was forwarded, or credit is still counted as out
//  S4 a refusal while the counter is below the limit, or a worker may still spend
//  S5 an admission against a change of the key that had been confirmed before the request came
//  S7 somebody waits, and is never decided though nothing goes wrong any more
// (S6, how much a crash may cost, is in the books of S2: `lost` is no more than was held.)

#include <string>
#include <vector>

#include "credit_state.hpp"

namespace mmx::model {

// The rules, each of which can be left out to see what it is for.
struct Rules {
    enum class LeaseFrom { first_sending, last_sending, reply } lease_from{};
    bool stale = true;  // credit of a commit in whose time a recall was read goes back
    bool spend_with_lease = true;
    bool close_after_spending = true;
    bool hold = true;              // no refusal while credit is out
    bool memory = true;            // a repeat is answered, not counted
    bool remember_repeats = true;  // also one that changed nothing
    bool ledger_keeps_number = true;
    bool ledger_keeps_held = true;
    bool last_resort = true;
    bool polls_from_sending = true;  // a poll's lease
    bool daemon_waits = true;
    bool reclaim = false;        // Redis takes back by time what is written off
    bool return_lapsed = false;  // a worker returns by time what a poll may make good again
    bool lease_by_grant = true;  // a reply without credit prolongs no lease
    bool epochs = true;          // what was written off is not closed again
    bool recall_first = true;    // the last resort's time runs from the recall, which is sure
    bool count_grants = true;    // no last resort where credit was granted since the recall
};

// How much may happen.
struct Bounds {
    Small limit = 2, arrivals = 3, losses = 0, crashes = 0, departures = 0;
    Small recalls = 0;  // by others
    Small refunds = 0;  // settled at once
    Small undone = 0;   // commits that Redis must be sent in another form
    Small ask = 2;      // what a worker would like to hold
    Small low = 1;      // it tops up at so much
    Small lease = 1;    // ticks
    // One in so many of what is left is lent. A quarter, as Redis lends, is nothing of limits as
    // small as these.
    Small share = 1;
    bool ledger = false;
    bool idle_returns = false;
    bool polls = true;  // false: none is answered
    // A wrong entry in the books is seen before it does harm; with less judged, the harm is.
    enum class Judged { all, over_admission } judged{};
    enum class Change { none, disable, limit } change{};
    Small changed = 0;  // the new limit
};

enum class Fault { none, s1, s2, s3, s4, s5, s7 };

enum class Kind {
    // What brings an answer nearer to those who wait, in the order in which it does.
    deliver,
    run,
    poll_deliver,
    recall,
    form,
    poll_send,
    change,
    announce,
    confirm,
    tick,
    // What need not happen.
    arrive,
    leave,
    return_idle,
    lose,
    run_copy,
    refund,
    daemon_recall,
    crash,
    run_orphan,
};

struct Step {
    Kind kind{};
    Small worker = 0;
    // 1, of lose and crash: the command stays on its way; of leave: one of the members does;
    // of run: Redis must be sent it in another form.
    Small choice = 0;
};

const char* name_of(Fault fault) noexcept;
std::string text_of(const Step& step);
std::string text_of(const State& state);

class CreditModel {
public:
    CreditModel(const Rules& rules, const Bounds& bounds) noexcept;

    State first() const noexcept;
    const std::vector<Step>& steps() const noexcept { return steps_; }

    // Does a step. False, and nothing done, when it is not possible here.
    bool take(State& state, const Step& step, Fault& fault) const noexcept;

    // Whether a state may be.
    Fault judge(const State& state) const noexcept;

    // Somebody waits to be decided.
    static bool waits(const State& state) noexcept;

    // Does the step by which those who wait come nearer to being decided, where all goes well.
    // False when there is none.
    bool help(State& state, Fault& fault) const noexcept;

    // The same state with its workers in a fixed order: they are alike.
    static void order(State& state) noexcept;

private:
    void tidy(Worker& worker) const noexcept;
    bool by_worker(State& state, const Step& step, Fault& fault) const noexcept;
    bool by_daemon(State& state, const Step& step) const noexcept;
    bool by_fate(State& state, const Step& step, Fault& fault) const noexcept;

    bool arrive(State& state, Worker& worker, Fault& fault) const noexcept;
    bool form(Worker& worker) const noexcept;
    bool deliver(State& state, Worker& worker, Fault& fault) const noexcept;
    void take_back(Worker& worker) const noexcept;
    void take_credit(Worker& worker) const noexcept;
    void answer_members(State& state, Worker& worker, Fault& fault) const noexcept;
    void meet_hold(Worker& worker) const noexcept;
    void serve(State& state, Worker& worker, Fault& fault) const noexcept;
    bool poll_deliver(Worker& worker) const noexcept;
    bool lose(State& state, Worker& worker, bool copy) const noexcept;
    bool leave(State& state, Worker& worker, bool member) const noexcept;
    bool crash(State& state, Worker& worker, bool copy) const noexcept;
    void take_over(Worker& worker, bool copy) const noexcept;
    void bury(State& state, Worker& worker, bool copy) const noexcept;
    void tick(State& state) const noexcept;

    // The script: credit_script.cpp.
    void run(State& state, Worker& worker, const Command& command, Fault& fault) const noexcept;
    bool undo(State& state, Worker& worker) const noexcept;
    bool run_orphan(State& state, Fault& fault) const noexcept;
    Answer script(State& state, const Command& command, bool& wrote, Fault& fault) const noexcept;
    void admit(State& state, const Command& command, Small& out, Answer& answer,
               Fault& fault) const noexcept;
    bool spendable(const State& state) const noexcept;

    bool may_spend(const Worker& worker) const noexcept;
    void forward(State& state, bool late, Fault& fault) const noexcept;

    const Rules rules_;
    const Bounds bounds_;
    std::vector<Step> steps_;
};

}  // namespace mmx::model
