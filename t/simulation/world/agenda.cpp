#include "world/agenda.hpp"

#include <algorithm>
#include <utility>

namespace mmx::simulation {
namespace {

constexpr std::int64_t grain_us = 50;

bool later(const Agenda::Item& a, const Agenda::Item& b) noexcept
{
    return a.at != b.at ? a.at > b.at : a.order > b.order;
}

}  // namespace

void Agenda::add(std::int64_t at, Process* process, std::function<void()> happens)
{
    if (process != nullptr) {
        at = (at + grain_us - 1) / grain_us * grain_us;
    }
    items_.push_back({at, ++order_, process, std::move(happens)});
    std::ranges::push_heap(items_, later);
}

Agenda::Item Agenda::take()
{
    std::ranges::pop_heap(items_, later);
    Item item = std::move(items_.back());
    items_.pop_back();
    return item;
}

}  // namespace mmx::simulation
