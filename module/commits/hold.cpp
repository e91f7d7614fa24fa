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

void Hold::note_called_back(std::int64_t loan, std::uint64_t now_us, std::int64_t lease_us) noexcept
{
    if (lasts_ && loan == loan_ && called_us_ == 0) {
        called_us_ = now_us;
        lease_us_ = static_cast<std::uint64_t>(lease_us);
    }
}

std::int64_t Hold::written_off(std::uint64_t now_us) const noexcept
{
    return called_us_ != 0 && now_us - called_us_ >= lease_us_ + hold_slack_us ? loan_ : 0;
}

}  // namespace mmx::gate
