#pragma once

// The simulation's locks for life: stands before module/base/life_lock.hpp, whose lock the kernel
// watches. Here it is the worker's loop that takes one, and that says whether the worker is dead.

#include <cstdint>

#include "base/loop.hpp"

namespace mmx::gate {

class LifeLock {
public:
    LifeLock() = default;
    LifeLock(const LifeLock&) = delete;
    LifeLock& operator=(const LifeLock&) = delete;

    enum class Taken : std::uint8_t { no, fresh, bequest };

    Taken take() noexcept
    {
        if (owner_ != nullptr && !owner_->dead) {
            return Taken::no;
        }
        const Taken taken = owner_ == nullptr ? Taken::fresh : Taken::bequest;
        owner_ = &simulation::Loop::current();
        return taken;
    }
    void let_go() noexcept { owner_ = nullptr; }

private:
    simulation::Loop* owner_ = nullptr;
};

}  // namespace mmx::gate
