#pragma once

// Credit: admissions of one key that Redis has charged already, and that this worker may hand out
// without asking again, for as long as it can show that nobody has called them back.
//
// Charging comes first, always, so no clock can let anybody over a limit; clocks bound only how
// long a change of the key takes to hold. What is held leaves in three ways: spent on a request,
// set aside to be given back, or lost with the worker, and then it stays charged.
//
//     held    what Redis counts for this worker: lent, and not closed yet
//     left    of it, what may still be spent
//     aside   of it, what goes back with the next commit
//
// A worker that Redis took for gone finds its loans written off, and gives back what is left of
// them: what it closes then would be another's.
//
// Pure bookkeeping: whoever owns it brings the time and sends the commits.

#include <algorithm>
#include <cstdint>
#include <utility>

#include "commits/admission.hpp"
#include "lib/calendar.hpp"
#include "lib/commit.hpp"

namespace mmx::gate {

struct CreditTerms {
    bool on = true;
    std::int64_t horizon_us = 0;  // of demand is asked for in advance
    std::int64_t lease_us = 0;    // credit holds so long without word from Redis
};

// Asking again begins while so much of the demand's time is left, or a quarter of what was asked.
inline constexpr std::int64_t credit_low_us = 20000;
// So long before a key expires its requests are judged in Redis again, which lends nothing then.
inline constexpr std::int64_t credit_ends_s = 1;

class KeyCredit {
public:
    std::int64_t held() const noexcept { return held_; }
    std::int64_t left() const noexcept { return left_; }
    std::int64_t loan() const noexcept { return loan_; }   // the number of the last one
    const QuotaDay& day() const noexcept { return day_; }  // of what is left
    const Windows& windows() const noexcept { return windows_; }

    // Whether some may be spent: now_us, monotonic and read at this moment; leased_us, until when
    // the worker has Redis' word that nothing was called back; time, seconds of Redis' clock.
    bool spendable(std::uint64_t now_us, std::uint64_t leased_us, std::int64_t time) const noexcept
    {
        return left_ > 0 && leased(now_us, leased_us) && day_.contains(time) &&
               (ends_at_ == 0 || time < ends_at_);
    }
    // The same of its lease alone.
    bool leased(std::uint64_t now_us, std::uint64_t leased_us) const noexcept
    {
        return now_us < std::max(leased_us, leased_us_);
    }
    void spend(std::uint64_t now_us) noexcept;
    // When it was lent or spent last; monotonic.
    std::uint64_t used_us() const noexcept { return used_us_; }

    // Whether so little is left that more should be asked for.
    bool low() const noexcept { return left_ <= low_; }

    // How much to ask for with a commit for so many that wait, by what was spent and asked since
    // the last one. Nothing for a key that is asked for less than once in the horizon.
    struct Demand {
        double rate, target;  // admissions in a microsecond, smoothed; what should be left
    };
    Demand demand(std::uint64_t now_us, std::int64_t asked,
                  const CreditTerms& terms) const noexcept;
    std::int64_t ask(const Demand& demand) const noexcept
    {
        return std::max<std::int64_t>(static_cast<std::int64_t>(demand.target) - left_, 0);
    }
    // That commit is formed, and takes along what was set aside.
    void formed(std::uint64_t now_us, const Demand& demand) noexcept;

    // What a commit may close: what was lent and is spent or set aside, and is not closed by the
    // totals.
    std::int64_t closable() const noexcept { return held_ - left_ - told_; }
    // The totals are to close what was spent, and what no commit that is under way closes. Returns
    // how much that is.
    std::int64_t tell_spent(std::int64_t closing) noexcept
    {
        told_ = std::max<std::int64_t>(closable() - closing - aside_, 0);
        return told_;
    }
    std::int64_t told() const noexcept { return told_; }
    void close_told() noexcept { close(std::exchange(told_, 0)); }
    // What was closed, or never will be, is out no more.
    void close(std::int64_t closed) noexcept { held_ = std::max(held_ - closed, left_); }

    // So much was lent, under that number: it is held, and set aside.
    void hold(std::int64_t lent, std::int64_t loan) noexcept
    {
        held_ += lent;
        aside_ += lent;
        loan_ = loan;
    }
    // That is not set aside, but may be spent, on that day and until then. windows: the counts
    // without credit that is out, at the forming of the commit that asked for it.
    void lend(std::int64_t lent, const QuotaDay& day, const Windows& windows, std::int64_t ends_at,
              std::uint64_t leased_us) noexcept;

    // Takes what is left, to be given back. Returns how much that is.
    std::int64_t set_aside() noexcept
    {
        aside_ += left_;
        return std::exchange(left_, 0);
    }
    // All that is held is another key's now, but for what the totals are closing. Returns how much
    // that is.
    std::int64_t move() noexcept
    {
        left_ = aside_ = 0;
        return std::exchange(held_, told_) - told_;
    }
    // It is nobody's: neither a commit nor the totals close it.
    void forget() noexcept { left_ = aside_ = held_ = told_ = 0; }

private:
    std::int64_t left_ = 0, held_ = 0, aside_ = 0, told_ = 0, loan_ = 0;
    std::int64_t low_ = 0;
    std::int64_t spent_ = 0;  // since the last commit was formed
    double rate_ = 0;         // see Demand
    std::uint64_t formed_us_ = 0, used_us_ = 0;
    std::uint64_t leased_us_ = 0;  // by its own commit
    std::int64_t ends_at_ = 0;     // seconds of Redis' clock; 0: with the day
    QuotaDay day_{};
    Windows windows_{};
};

}  // namespace mmx::gate
