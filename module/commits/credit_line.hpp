#pragma once

// What one worker holds of one key's credit: what may be spent, what goes back, what came along
// with a rotation, and the line of the ledger in which all of it outlives the process.
//
// A line that finds no room in the ledger is kept here alone.

#include <cstdint>

#include "base/ledger.hpp"
#include "base/metrics.hpp"
#include "commits/commit_under_way.hpp"
#include "commits/committing.hpp"
#include "commits/key_credit.hpp"
#include "lib/settlements.hpp"
#include "lib/total_flush.hpp"

namespace mmx::gate {

class CreditLine {
public:
    CreditLine(Committing& worker, const KeyId& id) noexcept : worker_(worker), id_(id) {}
    CreditLine(const CreditLine&) = delete;
    CreditLine& operator=(const CreditLine&) = delete;

    const KeyCredit& credit() const noexcept { return credit_; }
    bool held() const noexcept { return credit_.held() > 0; }
    // Whether the next commit has something to give back or to close, though nobody waits.
    bool gives_back() const noexcept;

    // By the clock as it is read now, monotonic: after a pause of the process nginx' own is of
    // before it.
    bool spendable(std::uint64_t now_us) const noexcept;
    void spend(std::uint64_t now_us) noexcept;

    // Takes what is left, to be given back, and counts it there.
    void set_aside(Metrics::Counter& why);
    // The same where it can be spent no more, its day being over, or somebody waits in vain for it.
    void set_aside_lapsed(bool somebody_waits, std::uint64_t now_us);

    // A commit for so many that wait is formed: first what it asks for, then what it carries.
    KeyCredit::Demand demand(std::uint64_t now_us, std::size_t waiting) const noexcept;
    std::int64_t closes() const noexcept { return credit_.closable() + moved_closes_; }
    // Of two keys' loans the lower: what is written off of one is closed for neither.
    std::int64_t loan() const noexcept;
    std::uint64_t since() const noexcept { return since_; }  // see Commit
    Settlements& back() noexcept { return back_; }
    void formed(std::uint64_t now_us, const KeyCredit::Demand& demand,
                const CommitUnderWay& commit);

    // Its answer. windows: the counts without credit that is out. granted: how many may be let in
    // by it; each takes its own, and those that nobody takes go back.
    void take(const CommitReply& reply, const CommitUnderWay& commit, const Windows& windows);
    void answered(std::int64_t granted, const QuotaDay& day) noexcept;
    void take_grant() noexcept;
    void return_grants(const Date& date, std::int64_t count);
    // Nothing was written by it.
    void put_back(CommitUnderWay& commit);
    // Whether it ran or not will never be known: what it closed must not be closed twice.
    void give_up(const CommitUnderWay& commit) noexcept;

    // Credit that was spent and that no commit closes: the totals do, by the flush of that number;
    // and when that was answered.
    TotalFlush::Spent tell_spent(const CommitUnderWay& commit, std::uint64_t flush) noexcept;
    void close_told() noexcept;

    // The record took the credit along to another key: it is given back, and closed, there. What
    // has been moved too often stays charged.
    MovedCredit move(CommitUnderWay& commit);
    void take_back(const MovedCredit& moved);

    // Nothing is under way or held: its line in the ledger is free.
    void close() noexcept;

private:
    LedgerEntry* entry() noexcept;
    void close_closed(const CommitUnderWay& commit) noexcept;

    Committing& worker_;
    const KeyId& id_;
    KeyCredit credit_;
    Settlements back_;                                // to be given back
    std::int64_t moved_closes_ = 0, moved_loan_ = 0;  // of other keys' credit, after a rotation
    std::uint64_t since_ = 0;
    LedgerEntry* entry_ = nullptr;
};

}  // namespace mmx::gate
