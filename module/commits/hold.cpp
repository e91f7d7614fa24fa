#include "commits/hold.hpp"

#include <utility>

namespace mmx::gate {

bool Hold::begin(std::int64_t loan, std::uint64_t now_us) noexcept
{
    if (!std::exchange(lasts_, true) || loan != loan_) {
        loan_ = loan;
        calling_us_ = called_us_ = 0;
    }
    const bool call_back = called_us_ == 0 && now_us - calling_us_ >= call_back_again_us;
    if (call_back) {
        calling_us_ = now_us;
    }
    return call_back;
}

void Hold::note_called_back(std::int64_t loan, std::uint64_t now_us) noexcept
{
    if (lasts_ && loan == loan_ && called_us_ == 0) {
        called_us_ = now_us;
    }
}

std::int64_t Hold::written_off(std::uint64_t now_us, std::int64_t lease_us) const noexcept
{
    const std::uint64_t patience_us = static_cast<std::uint64_t>(lease_us) + hold_slack_us;
    return called_us_ != 0 && now_us - called_us_ >= patience_us ? loan_ : 0;
}

}  // namespace mmx::gate
