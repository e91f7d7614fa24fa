#include "search.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace mmx::model {
namespace {

using Index = std::uint32_t;
constexpr Index nowhere = ~Index{0};

std::uint64_t hash_of(const State& state) noexcept
{
    constexpr std::size_t words = sizeof(State) / 8, rest = sizeof(State) % 8;
    const auto* bytes = reinterpret_cast<const unsigned char*>(&state);
    std::uint64_t hash = 0, word = 0;
    const auto mix = [&] {
        hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 32;
    };
    for (std::size_t i = 0; i < words; ++i) {
        std::memcpy(&word, bytes + 8 * i, 8);
        mix();
    }
    word = 0;
    std::memcpy(&word, bytes + 8 * words, rest);
    mix();
    return hash;
}

// The states known so far, each once, by number.
class States {
public:
    States() : slots_(std::size_t{1} << 16, nowhere) {}

    const State& operator[](Index index) const noexcept { return states_[index]; }
    std::size_t size() const noexcept { return states_.size(); }

    // Its number, and whether it is new.
    std::pair<Index, bool> add(const State& state)
    {
        if (2 * states_.size() >= slots_.size()) {
            grow();
        }
        const std::size_t slot = slot_of(state);
        if (slots_[slot] != nowhere) {
            return {slots_[slot], false};
        }
        slots_[slot] = static_cast<Index>(states_.size());
        states_.push_back(state);
        return {slots_[slot], true};
    }

private:
    std::size_t slot_of(const State& state) const noexcept
    {
        std::size_t slot = hash_of(state) & (slots_.size() - 1);
        while (slots_[slot] != nowhere &&
               std::memcmp(&states_[slots_[slot]], &state, sizeof state) != 0) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        return slot;
    }

    void grow()
    {
        slots_.assign(2 * slots_.size(), nowhere);
        for (Index i = 0; i < states_.size(); ++i) {
            slots_[slot_of(states_[i])] = i;
        }
    }

    std::vector<State> states_;
    std::vector<Index> slots_;
};

class Search {
public:
    Search(const CreditModel& model, std::size_t states_max)
        : model_(model), states_max_(states_max)
    {
    }

    Found go()
    {
        State first = model_.first();
        CreditModel::order(first);
        states_.add(first);
        from_.push_back(nowhere);
        for (Index i = 0; i < states_.size() && found_.fault == Fault::none; ++i) {
            if (states_.size() > states_max_) {
                return found_;
            }
            expand(i);
        }
        if (found_.fault == Fault::none) {
            see_that_waiting_ends();
        }
        found_.states = states_.size();
        found_.whole = found_.fault == Fault::none;
        return found_;
    }

private:
    void expand(Index index)
    {
        for (const Step& step : model_.steps()) {
            State next = states_[index];
            Fault fault = Fault::none;
            if (!model_.take(next, step, fault)) {
                continue;
            }
            ++found_.steps;
            if (fault == Fault::none) {
                fault = model_.judge(next);
            }
            CreditModel::order(next);
            const auto [number, is_new] = states_.add(next);
            if (is_new) {
                from_.push_back(index);
            }
            if (fault != Fault::none) {
                found_.fault = fault;
                tell(index, &next);
                return;
            }
        }
    }

    // From every state in which somebody waits, where nothing goes wrong any more: the steps that
    // help are followed until nobody does, or until one comes round again.
    void see_that_waiting_ends()
    {
        std::vector<Index> seen_in(states_.size(), nowhere);  // the walk that came by
        for (Index start = 0; start < seen_in.size(); ++start) {
            Index at = start;
            while (CreditModel::waits(states_[at]) && seen_in[at] == nowhere) {
                seen_in[at] = start;
                State next = states_[at];
                Fault fault = Fault::none;
                if (!model_.help(next, fault)) {
                    break;
                }
                CreditModel::order(next);
                at = states_.add(next).first;
            }
            if (CreditModel::waits(states_[at]) && seen_in[at] == start) {
                found_.fault = Fault::s7;
                return tell(start, nullptr);
            }
        }
    }

    // The way to a state, and the last step to where it went wrong. Workers are alike to the search
    // and change places; told, each keeps its name.
    void tell(Index index, const State* last)
    {
        std::vector<State> way;
        for (Index i = index; i != nowhere; i = from_[i]) {
            way.push_back(states_[i]);
        }
        std::reverse(way.begin(), way.end());
        if (last != nullptr) {
            way.push_back(*last);
        }
        State state = model_.first();
        for (std::size_t i = 1; i < way.size(); ++i) {
            tell_step(state, way[i]);
        }
        found_.trace += std::string(name_of(found_.fault)) + "\n";
    }

    void tell_step(State& state, const State& to)
    {
        for (const Step& step : model_.steps()) {
            State next = state;
            Fault fault = Fault::none;
            if (!model_.take(next, step, fault)) {
                continue;
            }
            State ordered = next;
            CreditModel::order(ordered);
            if (std::memcmp(&ordered, &to, sizeof to) == 0) {
                state = next;
                found_.trace += text_of(step) + "\n      " + text_of(state) + "\n";
                return;
            }
        }
    }

    const CreditModel& model_;
    const std::size_t states_max_;
    States states_;
    std::vector<Index> from_;  // the state from which each was reached first
    Found found_;
};

}  // namespace

Found search(const CreditModel& model, std::size_t states_max)
{
    return Search(model, states_max).go();
}

}  // namespace mmx::model
