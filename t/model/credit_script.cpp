// commit.lua, as far as credit is concerned.

#include <algorithm>

#include "credit_model.hpp"

namespace mmx::model {
namespace {

// Of a number that has gone up: what was the present one is so no longer.
void raise(State& state, Small Worker::*own, Small Command::*told, Small Answer::*said) noexcept
{
    for (Worker& worker : state.workers) {
        worker.*own = worker.command.*told = worker.answer.*said = 0;
    }
    state.orphaned.*told = 0;
}

}  // namespace

// Whether any worker may still spend what it has, or what a reply is bringing it.
bool CreditModel::spendable(const State& state) const noexcept
{
    return std::any_of(state.workers.begin(), state.workers.end(), [&](const Worker& worker) {
        const bool coming = worker.stage != idle && worker.ran && worker.answer.credit > 0 &&
                            !worker.stale && (worker.age < bounds_.lease || worker.lease > 0);
        return coming || may_spend(worker);
    });
}

// Admits what the limit leaves, and lends a share of the rest.
void CreditModel::admit(State& state, const Command& command, Small& out, Answer& answer,
                        Fault& fault) const noexcept
{
    const Small room = less(state.limit, state.count);
    if (command.asked <= room) {
        answer.granted = command.asked;
        if (command.ask != last_resort) {
            const auto share = static_cast<Small>((room - command.asked) / bounds_.share);
            answer.credit = std::min(command.ask, less(share, out));
        }
        return;
    }

    answer.granted = room;
    const bool resort = command.ask == last_resort && (!rules_.count_grants || command.grants != 0);
    answer.status = out > 0 && !resort && rules_.hold ? hold : exhausted;
    if (answer.status == exhausted && !state.crashed && spendable(state)) {
        fault = Fault::s4;
    }
    if (resort && out > 0) {
        if (rules_.reclaim) {
            state.count = less(state.count, out);
        }
        out = 0;
        if (rules_.epochs) {
            raise(state, &Worker::epoch, &Command::epoch, &Answer::epoch);
            answer.new_epoch = 1;
        }
    }
}

// wrote: something was changed, so the answer is remembered.
Answer CreditModel::script(State& state, const Command& command, bool& wrote,
                           Fault& fault) const noexcept
{
    Answer answer;
    const bool known = command.epoch != 0 || !rules_.epochs;
    const Small before = state.credit;
    answer.new_epoch = known ? 0 : 1;
    state.count = less(state.count, command.back);
    Small out = known ? less(state.credit, command.closes) : state.credit;
    if (command.asked > 0 || command.ask > 0) {
        if (state.is_disabled) {
            answer.status = disabled;
        } else {
            admit(state, command, out, answer, fault);
        }
    }
    state.count = static_cast<Small>(state.count + answer.granted + answer.credit);
    state.credit = static_cast<Small>(out + answer.credit);
    if (answer.credit > 0 && rules_.count_grants) {
        raise(state, &Worker::grants, &Command::grants, &Answer::grants);
    }
    answer.epoch = rules_.epochs ? 1 : 0;
    answer.grants = rules_.count_grants && answer.status == hold ? 1 : 0;
    wrote = (command.again && rules_.remember_repeats) || command.back > 0 || answer.granted > 0 ||
            answer.credit > 0 || state.credit != before;
    return answer;
}

// A copy of the worker's commit reaches Redis.
void CreditModel::run(State& state, Worker& worker, const Command& command,
                      Fault& fault) const noexcept
{
    if (worker.ran && rules_.memory && !worker.renumbered) {
        return;
    }
    worker.renumbered = 0;
    const bool told_otherwise = worker.holding != none && worker.grants == 0;
    bool wrote = false;
    worker.answer = script(state, Command(command), wrote, fault);
    worker.answer.new_grants = worker.answer.status == hold && told_otherwise ? 1 : 0;
    worker.ran = wrote ? 1 : 0;
    if (wrote) {
        worker.copy = worker.copy_again = 0;  // it would only be answered
    }
}

// Redis wants something named that the command does not name (an archive, the network list).
bool CreditModel::undo(State& state, Worker& worker) const noexcept
{
    if (worker.ran || state.undone == 0) {
        return false;
    }
    --state.undone;
    worker.answer = {};
    worker.answer.status = undone;
    worker.ran = worker.command.again;
    worker.copy = worker.copy_again = 0;  // that one does nothing either
    return true;
}

bool CreditModel::run_orphan(State& state, Fault& fault) const noexcept
{
    if (!state.orphan) {
        return false;
    }
    bool wrote = false;
    const Answer answer = script(state, Command(state.orphaned), wrote, fault);
    state.lost =
        static_cast<Small>(state.lost + answer.granted + answer.credit - state.orphaned.back);
    state.orphan = 0;
    state.orphaned = {};
    return true;
}

}  // namespace mmx::model
