// What a step, a state and a fault are called in a trace.

#include "credit_model.hpp"

namespace mmx::model {

const char* name_of(Fault fault) noexcept
{
    switch (fault) {
    case Fault::none: return "none";
    case Fault::s1: return "S1: more forwarded than charged, or charged than the limit";
    case Fault::s2: return "S2: a unit is in nobody's books, or in two";
    case Fault::s3: return "S3: at rest, the counter is not what was forwarded";
    case Fault::s4: return "S4: refused while there was something to spend";
    case Fault::s5: return "S5: admitted against a change that was confirmed";
    case Fault::s7: return "S7: waits for ever";
    }
    return "";
}

std::string text_of(const Step& step)
{
    const std::string worker = step.worker == 0 ? "A" : "B", still = ", its command runs one day";
    switch (step.kind) {
    case Kind::deliver: return worker + " gets its reply";
    case Kind::run: return worker + (step.choice ? "'s commit is not taken so" : "'s commit runs");
    case Kind::poll_deliver: return worker + " gets its poll's answer";
    case Kind::recall: return worker + "'s recall runs";
    case Kind::form: return worker + " sends a commit";
    case Kind::poll_send: return worker + " polls";
    case Kind::change: return "the daemon writes the change";
    case Kind::announce: return "the daemon's recall runs";
    case Kind::confirm: return "the daemon confirms";
    case Kind::tick: return "a tick";
    case Kind::arrive: return "a request comes to " + worker;
    case Kind::leave:
        return (step.choice ? "a member of the commit leaves " : "one who waits leaves ") + worker;
    case Kind::return_idle: return worker + " gives back what is idle";
    case Kind::lose:
        return worker + " loses its connection and repeats" + (step.choice ? still : "");
    case Kind::run_copy: return worker + "'s old copy runs";
    case Kind::refund: return "a refund is settled";
    case Kind::daemon_recall: return "somebody recalls";
    case Kind::crash: return worker + " crashes" + (step.choice ? still : "");
    case Kind::run_orphan: return "a dead worker's command runs";
    }
    return "";
}

std::string text_of(const State& state)
{
    const auto number = [](const char* name, int value) {
        return value == 0 ? std::string() : std::string(" ") + name + std::to_string(value);
    };
    std::string text = "count " + std::to_string(state.count) + "/" + std::to_string(state.limit) +
                       " credit " + std::to_string(state.credit) + " forwarded " +
                       std::to_string(state.forwarded) + number("lost ", state.lost);
    for (const Worker& worker : state.workers) {
        text += &worker == state.workers.data() ? " | A" : " | B";
        text += number("waiting ", worker.waiting) + number("credit ", worker.credit) +
                number("held ", worker.held) + number("back ", worker.back) +
                number("lease ", worker.lease) + number("hold ", worker.holding);
        if (worker.stage != idle) {
            const Command& command = worker.command;
            text += worker.stage == sent ? " sent" : " answered";
            text += " (" + std::to_string(command.asked) + " asks " +
                    (command.ask == last_resort ? "-1" : std::to_string(command.ask)) + " back " +
                    std::to_string(command.back) + " closes " + std::to_string(command.closes) +
                    ")";
        }
        if (worker.stage == answered || worker.ran) {
            static constexpr const char* names[] = {"all", "exhausted", "disabled", "hold",
                                                    "undone"};
            text += std::string(" -> ") + names[worker.answer.status] + " " +
                    std::to_string(worker.answer.granted) + " credit " +
                    std::to_string(worker.answer.credit);
        }
    }
    return text;
}

}  // namespace mmx::model
