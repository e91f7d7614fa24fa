#include "commits/key_credit.hpp"

namespace mmx::gate {

void KeyCredit::spend(std::uint64_t now_us) noexcept
{
    --left_;
    ++spent_;
    used_us_ = now_us;
    ++windows_.day_used;
    ++windows_.month_used;
}

KeyCredit::Demand KeyCredit::demand(std::uint64_t now_us, std::int64_t asked,
                                    const CreditTerms& terms) const noexcept
{
    const auto wanted = static_cast<double>(spent_ + asked);
    const auto passed = static_cast<double>(std::max<std::uint64_t>(now_us - formed_us_, 1));
    const auto horizon = static_cast<double>(terms.horizon_us);
    const double lately = wanted / passed;
    const double rate = passed < horizon ? (rate_ + lately) / 2 : lately;
    return {rate, std::min({rate * horizon, 4 * wanted, static_cast<double>(credit_max)})};
}

void KeyCredit::formed(std::uint64_t now_us, const Demand& demand) noexcept
{
    rate_ = demand.rate;
    low_ = static_cast<std::int64_t>(
        std::min(demand.target / 4, demand.rate * static_cast<double>(credit_low_us)));
    formed_us_ = now_us;
    spent_ = aside_ = 0;
}

void KeyCredit::lend(std::int64_t lent, const QuotaDay& day, const Windows& windows,
                     std::int64_t ends_at, std::uint64_t leased_us) noexcept
{
    left_ += lent;
    aside_ -= lent;
    day_ = day;
    ends_at_ = ends_at;
    leased_us_ = leased_us;
    used_us_ = formed_us_;
    windows_ = windows;
    // What was spent meanwhile is closed by the next commit only.
    windows_.day_used += spent_;
    windows_.month_used += spent_;
}

}  // namespace mmx::gate
