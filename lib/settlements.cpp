#include "lib/settlements.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mmx {

void Settlements::add(const Date& date, Figure figure, std::int64_t delta)
{
    of(date, 0)[figure] += delta;
}

void Settlements::add(const Settlement& settlement)
{
    Settlement& mine = of(settlement.date, settlement.moves);
    for (std::size_t i = 0; i < figure_count; ++i) {
        mine.deltas[i] += settlement.deltas[i];
    }
    mine.bounded_refunds += settlement.bounded_refunds;
}

void Settlements::add(const Settlements& others)
{
    for (const Settlement& settlement : others.due_) {
        add(settlement);
    }
}

Settlements Settlements::take()
{
    Settlements taken;
    auto end =
        due_.begin() + static_cast<std::ptrdiff_t>(std::min(due_.size(), commit_settlements_max));
    taken.due_.assign(due_.begin(), end);
    due_.erase(due_.begin(), end);
    return taken;
}

Settlement& Settlements::of(const Date& date, std::uint8_t moves)
{
    auto same = std::find_if(due_.begin(), due_.end(), [&](const Settlement& due) {
        return due.date == date && due.moves == moves;
    });
    return same != due_.end() ? *same : due_.emplace_back(Settlement{.date = date, .moves = moves});
}

}  // namespace mmx
