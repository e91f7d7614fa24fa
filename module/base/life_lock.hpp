#pragma once

// A lock in shared memory that a process takes for life. When the process dies without having let
// go of it, whatever killed it, the kernel says so to whoever tries to take it next: no number of a
// process is compared, which another one may have by then.

#include <pthread.h>

#include <cstdint>

namespace mmx::gate {

class LifeLock {
public:
    // In memory that other processes share. Throws std::system_error.
    LifeLock();
    LifeLock(const LifeLock&) = delete;
    LifeLock& operator=(const LifeLock&) = delete;

    enum class Taken : std::uint8_t {
        no,       // its owner lives, or this process has it already
        fresh,    // it was nobody's
        bequest,  // its owner died: what it left is this process' to see to
    };
    Taken take() noexcept;

    // Nothing is left to see to.
    void let_go() noexcept;

private:
    pthread_mutex_t mutex_;
};

}  // namespace mmx::gate
