#pragma once

// A key's limits leave nothing while its credit is out: nobody is refused before that was called
// back. Whoever holds it gives it back when it hears so; who has not when its lease is over, and so
// much longer, is taken for gone, and what it was lent is written off.

#include <cstdint>

namespace mmx::gate {

inline constexpr std::uint64_t hold_slack_us = 150000;
inline constexpr std::uint64_t call_back_again_us = 50000;  // where that was not answered

class Hold {
public:
    bool lasts() const noexcept { return lasts_; }
    void end() noexcept { lasts_ = false; }

    // A commit was held up at now_us, monotonic, as all others here; loan: the number of the key's
    // last. Returns whether all that was lent up to it is to be called back now: once, and again
    // where that was not answered, or more was lent since.
    bool begin(std::int64_t loan, std::uint64_t now_us) noexcept;

    // All that was lent up to that loan has been called back; whoever holds it may spend it no
    // longer than its lease lasts.
    void note_called_back(std::int64_t loan, std::uint64_t now_us, std::int64_t lease_us) noexcept;

    // The loan up to which what is out is written off now; 0 while it may still come back.
    std::int64_t written_off(std::uint64_t now_us) const noexcept;

private:
    bool lasts_ = false;
    std::int64_t loan_ = 0;                         // all up to it was called back
    std::uint64_t calling_us_ = 0, called_us_ = 0;  // asked for then, answered first then
    std::uint64_t lease_us_ = 0;                    // the longest
};

}  // namespace mmx::gate
