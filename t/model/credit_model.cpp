#include "credit_model.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mmx::model {
namespace {

void add(Small& value, int by) noexcept
{
    value = static_cast<Small>(value + by);
}

bool spend_one(Small& left) noexcept
{
    return left > 0 && left-- > 0;
}

// What may be spent no more travels home with the next commit, and what was spent is closed by it.
void give_back(Worker& worker) noexcept
{
    add(worker.back, std::exchange(worker.credit, Small{0}));
    worker.returns = worker.back > 0 || worker.held > 0 ? 1 : worker.returns;
}

// What a commit under way carries: what it returns, until it has run, and what it was granted then.
int in_flight(const Worker& worker) noexcept
{
    if (worker.stage == idle) {
        return 0;
    }
    const Answer& answer = worker.answer;
    return worker.ran && answer.status != undone ? answer.granted + answer.credit
                                                 : worker.command.back;
}

// Its outcome is known. Of copies that are still on their way nothing comes: Redis remembers it.
void close(State& state, Worker& worker) noexcept
{
    if (worker.copy && !worker.ran) {
        state.orphan = 1;
        state.orphaned = worker.command;
        state.orphaned.again = worker.copy_again;
    }
    worker.stage = idle;
    worker.command = {};
    worker.answer = {};
    worker.gone = worker.age = worker.stale = worker.late_members = 0;
    worker.ran = worker.copy = worker.copy_again = worker.renumbered = 0;
}

void stop_holding(Worker& worker) noexcept
{
    worker.holding = none;
    worker.hold_left = worker.grants = worker.paused = 0;
}

void recall_all(State& state) noexcept
{
    for (Worker& worker : state.workers) {
        worker.unread = 1;
        worker.since = worker.poll != unsent ? 1 : 0;
    }
}

Small members(const Worker& worker) noexcept
{
    return less(worker.command.asked, worker.gone);
}

}  // namespace

CreditModel::CreditModel(const Rules& rules, const Bounds& bounds) noexcept
    : rules_(rules), bounds_(bounds)
{
    const auto twice = [](Kind kind) {
        return kind == Kind::run || kind == Kind::lose || kind == Kind::crash ||
               kind == Kind::leave;
    };
    for (int kind = 0; kind <= static_cast<int>(Kind::run_orphan); ++kind) {
        for (Small worker = 0; worker < 2; ++worker) {
            for (Small choice = 0; choice < (twice(static_cast<Kind>(kind)) ? 2 : 1); ++choice) {
                steps_.push_back({static_cast<Kind>(kind), worker, choice});
            }
        }
    }
    std::erase_if(steps_, [](const Step& step) {
        const bool once = step.kind == Kind::change || step.kind == Kind::announce ||
                          step.kind == Kind::confirm || step.kind == Kind::tick ||
                          step.kind == Kind::refund || step.kind == Kind::daemon_recall ||
                          step.kind == Kind::run_orphan;
        return once && step.worker > 0;
    });
}

State CreditModel::first() const noexcept
{
    State state;
    state.limit = bounds_.limit;
    state.arrivals = bounds_.arrivals;
    state.losses = bounds_.losses;
    state.crashes = bounds_.crashes;
    state.departures = bounds_.departures;
    state.recalls = bounds_.recalls;
    state.undone = bounds_.undone;
    state.refunds = bounds_.refunds;
    return state;
}

void CreditModel::order(State& state) noexcept
{
    auto& [first, second] = state.workers;
    if (std::memcmp(&first, &second, sizeof first) > 0) {
        std::swap(first, second);
    }
}

bool CreditModel::waits(const State& state) noexcept
{
    return std::any_of(state.workers.begin(), state.workers.end(), [](const Worker& worker) {
        return worker.waiting > 0 || (worker.stage != idle && members(worker) > 0);
    });
}

// What no later step can tell apart, or what only makes things safer, is made the same.
void CreditModel::tidy(Worker& worker) const noexcept
{
    if (worker.stage == idle && worker.credit == 0) {
        worker.lease = 0;  // credit that is granted later brings one that is no shorter
        if (worker.held == 0) {
            worker.poll = unsent;  // a recall of before would only be obeyed without need
            worker.poll_age = worker.unread = worker.since = 0;
        }
    }
    if (worker.stage != idle && rules_.lease_by_grant &&
        (worker.command.ask == 0 || (worker.ran && worker.answer.credit == 0))) {
        worker.age = worker.stale = 0;  // no credit comes of it
    }
    if (worker.waiting == 0 && worker.stage == idle) {
        stop_holding(worker);
    }
}

bool CreditModel::take(State& state, const Step& step, Fault& fault) const noexcept
{
    const bool done =
        by_worker(state, step, fault) || by_daemon(state, step) || by_fate(state, step, fault);
    if (done) {
        for (Worker& worker : state.workers) {
            tidy(worker);
        }
    }
    return done;
}

bool CreditModel::by_worker(State& state, const Step& step, Fault& fault) const noexcept
{
    Worker& worker = state.workers[step.worker];
    switch (step.kind) {
    case Kind::deliver: return worker.stage == answered && deliver(state, worker, fault);
    case Kind::run:
        if (worker.stage != sent || (step.choice && !undo(state, worker))) {
            return false;
        }
        worker.stage = answered;
        if (!step.choice) {
            run(state, worker, worker.command, fault);
        }
        return true;
    case Kind::poll_deliver: return worker.poll != unsent && poll_deliver(worker);
    case Kind::recall:
        if (worker.holding != recall_due) {
            return false;
        }
        worker.holding = recall_made;
        if (rules_.recall_first) {
            worker.hold_left = static_cast<Small>(bounds_.lease + 1);
        }
        recall_all(state);
        return true;
    case Kind::form: return worker.stage == idle && form(worker);
    case Kind::poll_send:
        if (!bounds_.polls || worker.poll != unsent ||
            (worker.held == 0 && worker.command.ask == 0)) {
            return false;
        }
        worker.poll = worker.unread ? recalled : unchanged;
        return true;
    default: return false;
    }
}

bool CreditModel::by_daemon(State& state, const Step& step) const noexcept
{
    switch (step.kind) {
    case Kind::change:
        if (bounds_.change == Bounds::Change::none || state.change != unchanged_key) {
            return false;
        }
        state.change = written;
        if (bounds_.change == Bounds::Change::disable) {
            state.is_disabled = 1;
        } else {
            state.limit = bounds_.changed;
        }
        return true;
    case Kind::announce:
        if (state.change != written) {
            return false;
        }
        state.change = announced;
        state.change_left = bounds_.lease;
        recall_all(state);
        return true;
    case Kind::confirm:
        if (state.change != announced ||
            (state.credit > 0 && state.change_left > 0 && rules_.daemon_waits)) {
            return false;
        }
        state.change = confirmed;
        state.change_left = 0;
        return true;
    case Kind::daemon_recall:
        if (!spend_one(state.recalls)) {
            return false;
        }
        recall_all(state);
        return true;
    default: return false;
    }
}

bool CreditModel::by_fate(State& state, const Step& step, Fault& fault) const noexcept
{
    Worker& worker = state.workers[step.worker];
    switch (step.kind) {
    case Kind::tick: tick(state); return true;
    case Kind::arrive: return spend_one(state.arrivals) && arrive(state, worker, fault);
    case Kind::leave: return leave(state, worker, step.choice != 0);
    case Kind::return_idle:
        if (!bounds_.idle_returns || worker.returns || worker.held == 0) {
            return false;
        }
        give_back(worker);
        return true;
    case Kind::lose: return lose(state, worker, step.choice != 0);
    case Kind::run_copy: {
        if (!worker.copy) {
            return false;
        }
        Command old = worker.command;
        old.again = std::exchange(worker.copy_again, Small{0});
        worker.copy = 0;
        if (worker.stage == answered && !rules_.memory) {
            return false;
        }
        run(state, worker, old, fault);
        return true;
    }
    case Kind::refund:
        if (state.forwarded == 0 || !spend_one(state.refunds)) {
            return false;
        }
        add(state.forwarded, -1);  // as if it had not been
        add(state.count, -1);
        return true;
    case Kind::crash: return crash(state, worker, step.choice != 0);
    case Kind::run_orphan: return run_orphan(state, fault);
    default: return false;
    }
}

bool CreditModel::may_spend(const Worker& worker) const noexcept
{
    return worker.credit > 0 && (worker.lease > 0 || !rules_.spend_with_lease);
}

// late: the request came after the confirmation.
void CreditModel::forward(State& state, bool late, Fault& fault) const noexcept
{
    add(state.forwarded, 1);
    if (late && (state.is_disabled || state.forwarded > state.limit)) {
        fault = Fault::s5;
    }
}

bool CreditModel::arrive(State& state, Worker& worker, Fault& fault) const noexcept
{
    const bool late = state.change == confirmed;
    if (worker.waiting > 0 || !may_spend(worker)) {
        add(worker.waiting, 1);
        add(worker.late, late ? 1 : 0);
        return true;
    }
    add(worker.credit, -1);
    forward(state, late, fault);
    if (worker.credit <= bounds_.low && worker.stage == idle) {
        worker.tops_up = 1;
    }
    return true;
}

bool CreditModel::form(Worker& worker) const noexcept
{
    if (!worker.returns && !worker.tops_up && (worker.waiting == 0 || worker.paused)) {
        return false;
    }
    Command& command = worker.command;
    command.asked = std::exchange(worker.waiting, Small{0});
    worker.late_members = std::exchange(worker.late, Small{0});
    if (command.asked > 0 || worker.tops_up) {
        command.ask = less(bounds_.ask, worker.credit);
    }
    const bool recalled_long_ago = worker.holding == recall_made || !rules_.recall_first;
    if (command.asked > 0 && worker.holding != none && recalled_long_ago && !worker.hold_left &&
        rules_.last_resort) {
        command.ask = last_resort;
        command.grants = worker.grants;
    }
    command.back = std::exchange(worker.back, Small{0});
    command.closes = rules_.close_after_spending ? less(worker.held, worker.credit) : worker.held;
    command.epoch = worker.epoch;
    if (rules_.return_lapsed && !may_spend(worker)) {
        add(command.back, worker.credit);
    }
    worker.returns = worker.tops_up = worker.paused = 0;
    worker.stage = sent;
    return true;
}

bool CreditModel::deliver(State& state, Worker& worker, Fault& fault) const noexcept
{
    const Answer answer = worker.answer;
    if (answer.status == undone) {
        take_back(worker);
        close(state, worker);
        return true;
    }
    if (rules_.return_lapsed && !may_spend(worker)) {
        worker.credit = 0;
    }
    if (answer.new_epoch) {
        give_back(worker);
        worker.held = 0;
        worker.epoch = answer.epoch;
    } else {
        worker.held = less(worker.held, worker.command.closes);
    }
    take_credit(worker);
    answer_members(state, worker, fault);
    close(state, worker);
    if (answer.status != hold) {
        stop_holding(worker);
    }
    serve(state, worker, fault);
    return true;
}

// Nothing was written: all that it carried is pending again, and what it closes is still held.
void CreditModel::take_back(Worker& worker) const noexcept
{
    add(worker.waiting, members(worker));
    add(worker.late, worker.late_members);
    add(worker.back, worker.command.back);
    worker.returns = worker.back > 0 || worker.held > worker.credit ? 1 : worker.returns;
    worker.tops_up = worker.command.ask > 0 && worker.gone == 0 ? 1 : worker.tops_up;
}

void CreditModel::take_credit(Worker& worker) const noexcept
{
    const Small credit = worker.answer.credit;
    add(worker.held, credit);
    if (worker.stale && rules_.stale) {
        add(worker.back, credit);
        worker.returns = credit > 0 ? 1 : worker.returns;
        return;
    }
    add(worker.credit, credit);
    if (credit > 0 || !rules_.lease_by_grant) {
        const bool from_reply = rules_.lease_from == Rules::LeaseFrom::reply;
        worker.lease =
            std::max(worker.lease, less(bounds_.lease, from_reply ? Small{0} : worker.age));
    }
}

void CreditModel::answer_members(State& state, Worker& worker, Fault& fault) const noexcept
{
    const Answer& answer = worker.answer;
    const Small there = members(worker), admitted = std::min(there, answer.granted);
    for (Small i = 0; i < admitted; ++i) {
        forward(state, worker.late_members > there - admitted, fault);
    }
    if (answer.granted > admitted) {
        add(worker.back, answer.granted - admitted);
        worker.returns = 1;
    }
    if (answer.status == hold && there > admitted) {
        add(worker.waiting, there - admitted);
        add(worker.late, std::min<int>(worker.late_members, there - admitted));
        meet_hold(worker);
    } else if (answer.status == hold) {
        stop_holding(worker);
    }
}

// Once a hold the credit of all is called back, and again when some was granted since.
void CreditModel::meet_hold(Worker& worker) const noexcept
{
    worker.paused = 1;
    if (worker.holding == none || worker.answer.new_grants) {
        worker.holding = recall_due;
        worker.grants = worker.answer.grants;
        worker.hold_left = static_cast<Small>(bounds_.lease + 1);
    }
}

// Those who began to wait meanwhile are served from credit, in order.
void CreditModel::serve(State& state, Worker& worker, Fault& fault) const noexcept
{
    while (worker.waiting > 0 && may_spend(worker)) {
        add(worker.credit, -1);
        const bool late = worker.late == worker.waiting;
        add(worker.late, late ? -1 : 0);
        add(worker.waiting, -1);
        forward(state, late, fault);
        worker.tops_up = worker.credit <= bounds_.low ? 1 : 0;
    }
}

bool CreditModel::poll_deliver(Worker& worker) const noexcept
{
    if (worker.poll == recalled) {
        worker.unread = worker.since;
        worker.stale = worker.stage != idle ? 1 : 0;
        give_back(worker);
    } else {
        worker.lease =
            std::max(worker.lease,
                     less(bounds_.lease, rules_.polls_from_sending ? worker.poll_age : Small{0}));
    }
    worker.poll = unsent;
    worker.poll_age = worker.since = 0;
    return true;
}

// The connection: what was on it is gone, or runs one day. The commit is repeated word for word.
bool CreditModel::lose(State& state, Worker& worker, bool copy) const noexcept
{
    const bool leaves_copy = worker.stage == sent && !worker.ran && !worker.copy;
    if ((worker.stage == idle && worker.poll == unsent) || (copy && !leaves_copy) ||
        !spend_one(state.losses)) {
        return false;
    }
    if (worker.stage != idle) {
        if (copy) {
            worker.copy = 1;
            worker.copy_again = worker.command.again;
        }
        if (!worker.ran) {
            worker.answer = {};
        }
        worker.stage = sent;
        worker.command.again = 1;
        if (rules_.lease_from == Rules::LeaseFrom::last_sending) {
            worker.age = 0;
        }
    }
    if (worker.holding == recall_due && !rules_.recall_first) {
        worker.holding = recall_made;  // it is not known whether, and nobody asks
    }
    worker.poll = unsent;
    worker.poll_age = worker.since = 0;
    return true;
}

bool CreditModel::leave(State& state, Worker& worker, bool member) const noexcept
{
    if (member ? members(worker) == 0 : worker.waiting == 0) {
        return false;
    }
    if (!spend_one(state.departures)) {
        return false;
    }
    if (member) {
        add(worker.gone, 1);
        worker.late_members = std::min(worker.late_members, members(worker));
    } else {
        add(worker.waiting, -1);
        worker.late = std::min(worker.late, worker.waiting);
    }
    return true;
}

bool CreditModel::crash(State& state, Worker& worker, bool copy) const noexcept
{
    const bool leaves_copy = worker.stage == sent && !worker.ran;
    if (copy && (!leaves_copy || state.orphan || worker.copy)) {
        return false;
    }
    if (!spend_one(state.crashes)) {
        return false;
    }
    if (bounds_.ledger) {
        take_over(worker, copy);
    } else {
        bury(state, worker, copy);
    }
    return true;
}

// What the successor reads in the ledger. It repeats the commit with nobody waiting, and returns
// all that comes of it and all that was there.
void CreditModel::take_over(Worker& worker, bool copy) const noexcept
{
    if (worker.stage != idle) {
        worker.copy = copy ? Small{1} : worker.copy;
        worker.copy_again = copy ? worker.command.again : worker.copy_again;
        if (!worker.ran) {
            worker.answer = {};
        }
        worker.stage = sent;
        worker.command.again = 1;
        worker.gone = worker.command.asked;
        worker.late_members = 0;
        worker.stale = 1;
        worker.renumbered = rules_.ledger_keeps_number ? 0 : 1;
    }
    worker.waiting = worker.late = worker.lease = 0;
    worker.poll = unsent;
    worker.poll_age = worker.since = 0;
    worker.unread = 1;  // it does not know which recalls were read
    stop_holding(worker);
    worker.tops_up = 0;
    if (!rules_.ledger_keeps_held) {
        worker.held = worker.credit;
    }
    give_back(worker);
}

// Without a ledger what it held stays charged, and a worker with a new name takes its place.
void CreditModel::bury(State& state, Worker& worker, bool copy) const noexcept
{
    add(state.lost, worker.credit + worker.back + in_flight(worker));
    if (copy || worker.copy) {
        state.orphan = 1;
        state.orphaned = worker.command;
        state.orphaned.again = copy ? worker.command.again : worker.copy_again;
    }
    state.crashed = 1;
    worker = {};
    worker.unread = 1;
}

void CreditModel::tick(State& state) const noexcept
{
    state.change_left = less(state.change_left, 1);
    for (Worker& worker : state.workers) {
        worker.lease = less(worker.lease, 1);
        worker.paused = 0;
        if (worker.holding != none && (worker.holding == recall_made || !rules_.recall_first)) {
            worker.hold_left = less(worker.hold_left, 1);
        }
        if (worker.stage != idle) {
            worker.age = std::min(static_cast<Small>(worker.age + 1), bounds_.lease);
        }
        if (worker.poll != unsent) {
            worker.poll_age = std::min(static_cast<Small>(worker.poll_age + 1), bounds_.lease);
        }
    }
}

bool CreditModel::help(State& state, Fault& fault) const noexcept
{
    for (const Step& step : steps_) {
        const Worker& worker = state.workers[step.worker];
        const bool needless = step.kind == Kind::poll_send && !worker.unread;
        if (step.kind <= Kind::tick && step.kind != Kind::change && !needless &&
            take(state, step, fault)) {
            return true;
        }
    }
    return false;
}

Fault CreditModel::judge(const State& state) const noexcept
{
    if (state.forwarded > state.count || state.count > std::max(bounds_.limit, bounds_.changed)) {
        return Fault::s1;
    }
    if (bounds_.judged == Bounds::Judged::over_admission) {
        return Fault::none;
    }
    int booked = state.forwarded + state.lost;
    bool rests = !state.crashed && !state.orphan;
    for (const Worker& worker : state.workers) {
        booked += worker.credit + worker.back + in_flight(worker);
        rests = rests && worker.stage == idle && worker.held == 0 && worker.credit == 0 &&
                worker.back == 0;
    }
    if (bounds_.judged == Bounds::Judged::all && booked != state.count) {
        return Fault::s2;
    }
    return rests && (state.count != state.forwarded || state.credit != 0) ? Fault::s3 : Fault::none;
}

}  // namespace mmx::model
