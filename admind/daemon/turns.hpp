#pragma once

// So many may do something at once, and who comes when all turns are taken is told so.

#include <atomic>
#include <memory>

namespace mmx::admin {

class Turns {
public:
    explicit Turns(int count) : free_(count) {}

    // A turn, given back when it is destroyed; null when all are taken. Must not outlive this.
    std::shared_ptr<void> take()
    {
        if (free_.fetch_sub(1) <= 0) {
            free_.fetch_add(1);
            return nullptr;
        }
        return {static_cast<void*>(this), [this](void*) { free_.fetch_add(1); }};
    }

private:
    std::atomic<int> free_;
};

}  // namespace mmx::admin
