#pragma once

// What is to happen when, in the order of its time; of the same time, in the order in which it was
// noted. Times of what reaches a worker are rounded up a little, so that some of it falls into one
// turn of its loop.

#include <cstdint>
#include <functional>
#include <vector>

namespace mmx::simulation {

class Process;

class Agenda {
public:
    struct Item {
        std::int64_t at;
        std::uint64_t order;
        Process* process;  // in a turn of whose loop it happens; null: of nobody's
        std::function<void()> happens;
    };

    void add(std::int64_t at, Process* process, std::function<void()> happens);

    bool empty() const noexcept { return items_.empty(); }
    const Item& first() const noexcept { return items_.front(); }
    Item take();

private:
    std::vector<Item> items_;  // a heap
    std::uint64_t order_ = 0;
};

}  // namespace mmx::simulation
