#include "commits/credit_line.hpp"

#include <algorithm>
#include <utility>

namespace mmx::gate {
namespace {

// How much a line of the ledger holds, and of which day. Of more than one only what another key
// left here after a rotation can be, or what is given back while days turn: the first counts.
struct OfADay {
    Date date;
    std::int64_t count;

    void add(const Settlements& back) noexcept
    {
        for (const Settlement& settlement : back.all()) {
            date = count == 0 ? settlement.date : date;
            count -= settlement.date == date ? settlement[Figure::requests] : 0;
        }
    }
};

}  // namespace

bool CreditLine::gives_back() const noexcept
{
    return !back_.empty() || moved_closes_ > 0 || (credit_.left() == 0 && credit_.closable() > 0);
}

bool CreditLine::spendable(std::uint64_t now_us) const noexcept
{
    return credit_.spendable(now_us, worker_.leased_us(), worker_.settings.now());
}

void CreditLine::spend(std::uint64_t now_us) noexcept
{
    take_grant();
    credit_.spend(now_us);
    Metrics::add(worker_.metrics.credit_spent);
}

void CreditLine::set_aside(Metrics::Counter& why)
{
    if (const std::int64_t left = credit_.set_aside(); left > 0) {
        back_.add(date_of(credit_.day()), Figure::requests, -left);
        Metrics::add(why, static_cast<std::uint64_t>(left));
    }
}

void CreditLine::set_aside_lapsed(bool somebody_waits, std::uint64_t now_us)
{
    if (!credit_.day().contains(worker_.settings.now()) || (somebody_waits && !spendable(now_us))) {
        set_aside(worker_.metrics.credit_lapsed);
    }
}

KeyCredit::Demand CreditLine::demand(std::uint64_t now_us, std::size_t waiting) const noexcept
{
    return credit_.demand(now_us, static_cast<std::int64_t>(waiting), worker_.credit);
}

std::int64_t CreditLine::loan() const noexcept
{
    if (moved_closes_ == 0) {
        return credit_.loan();
    }
    return held() ? std::min(moved_loan_, credit_.loan()) : moved_loan_;
}

// Null where the ledger has no room.
LedgerEntry* CreditLine::entry() noexcept
{
    if (entry_ == nullptr) {
        entry_ = worker_.ledger.take(id_);
    }
    return entry_;
}

void CreditLine::formed(std::uint64_t now_us, const KeyCredit::Demand& demand,
                        const CommitUnderWay& commit)
{
    credit_.formed(now_us, demand);
    if (entry() == nullptr) {
        return;
    }
    OfADay back{date_of(commit.day), 0};
    back.add(commit.returned);
    entry_->form({.sequence = commit.sequence,
                  .date = date_of(commit.day),
                  .asked = commit.asked,
                  .ask = commit.ask,
                  .back = back.count,
                  .closes = commit.closes,
                  .loan = commit.loan,
                  .since = commit.since,
                  .back_date = back.date});
}

// A commit that was repeated may have been lent its credit long ago, and what was called back since
// is not known for certain: it holds from the first sending.
void CreditLine::take(const CommitReply& reply, const CommitUnderWay& commit,
                      const Windows& windows)
{
    if (reply.status == CommitStatus::unknown_key) {
        credit_.forget();
        back_.clear();
        moved_closes_ = 0;
        return;
    }
    close_closed(commit);
    if (reply.granted > 0 || reply.lent > 0) {
        since_ = commit.sequence;
    }
    if (reply.floor > 0 && reply.floor >= credit_.loan() && held()) {
        set_aside(worker_.metrics.credit_lapsed);
        credit_.forget();  // it was written off, and is nobody's to close
    }
    if (reply.lent > 0) {
        credit_.hold(reply.lent, reply.loan);
        Metrics::add(worker_.metrics.credit_lent, static_cast<std::uint64_t>(reply.lent));
    }
    if (commit.stale && reply.lent > 0) {
        back_.add(date_of(commit.day), Figure::requests, -reply.lent);
        Metrics::add(worker_.metrics.credit_recalled, static_cast<std::uint64_t>(reply.lent));
    } else if (reply.lent > 0) {
        credit_.lend(reply.lent, commit.day, windows,
                     reply.expires_at > 0 ? reply.expires_at - credit_ends_s : 0,
                     commit.first_sent_us + static_cast<std::uint64_t>(worker_.credit.lease_us));
    }
    if (reply.status == CommitStatus::disabled || reply.status == CommitStatus::expired) {
        set_aside(worker_.metrics.credit_recalled);
    }
}

void CreditLine::answered(std::int64_t granted, const QuotaDay& day) noexcept
{
    if (entry_ == nullptr) {
        return;
    }
    OfADay unspent{date_of(day), granted};
    unspent.count += date_of(credit_.day()) == unspent.date ? credit_.left() : 0;
    unspent.add(back_);
    entry_->answer({.unspent = unspent.count,
                    .held = credit_.held() + moved_closes_,
                    .loan = loan(),
                    .spent = credit_.told(),
                    .flush = entry_->stand().flush,
                    .since = since_,
                    .date = unspent.date});
}

void CreditLine::take_grant() noexcept
{
    if (entry_ != nullptr) {
        --entry_->stand().unspent;
    }
}

void CreditLine::return_grants(const Date& date, std::int64_t count)
{
    if (count > 0) {
        back_.add(date, Figure::requests, -count);
        Metrics::add(worker_.metrics.unused_grants, static_cast<std::uint64_t>(count));
    }
}

void CreditLine::put_back(CommitUnderWay& commit)
{
    back_.add(std::exchange(commit.returned, {}));
    answered(0, commit.day);
}

void CreditLine::give_up(const CommitUnderWay& commit) noexcept
{
    close_closed(commit);
    answered(0, commit.day);
}

// What the commit closed is out no more, or was not out.
void CreditLine::close_closed(const CommitUnderWay& commit) noexcept
{
    const std::int64_t moved = std::min(commit.closes, moved_closes_);
    moved_closes_ -= moved;
    credit_.close(commit.closes - moved);
}

TotalFlush::Spent CreditLine::tell_spent(const CommitUnderWay& commit, std::uint64_t flush) noexcept
{
    const std::int64_t spent = credit_.tell_spent(commit.outstanding ? commit.closes : 0);
    if (entry_ != nullptr && spent > 0) {
        LedgerEntry::Stand stand = entry_->stand();
        stand.spent = spent;
        stand.flush = flush;
        entry_->stand_at(stand);
    }
    return {spent, credit_.loan(), since_};
}

void CreditLine::close_told() noexcept
{
    const std::int64_t told = credit_.told();
    credit_.close_told();
    if (entry_ != nullptr && told > 0) {
        LedgerEntry::Stand stand = entry_->stand();
        stand.held = credit_.held() + moved_closes_;
        stand.spent = 0;
        entry_->stand_at(stand);
    }
}

// What the totals are closing stays in its line of the ledger until they have.
MovedCredit CreditLine::move(CommitUnderWay& commit)
{
    set_aside(worker_.metrics.credit_recalled);
    back_.add(std::exchange(commit.returned, {}));
    MovedCredit moved{.back = {}, .closes = 0, .loan = held() ? credit_.loan() : moved_loan_};
    moved.closes = credit_.move() + std::exchange(moved_closes_, 0);
    const Settlements back = std::exchange(back_, {});
    for (Settlement settlement : back.all()) {
        if (++settlement.moves <= moves_max) {
            moved.back.add(settlement);
        }
    }
    answered(0, commit.day);
    return moved;
}

// In the ledger at once: a commit that is under way here may take long, and the other key's line is
// free already.
void CreditLine::take_back(const MovedCredit& moved)
{
    back_.add(moved.back);
    since_ = 0;  // this record remembers none of its commits
    if (moved.closes > 0) {
        moved_loan_ = moved_closes_ > 0 ? std::min(moved_loan_, moved.loan) : moved.loan;
        moved_closes_ += moved.closes;
    }
    if (entry() == nullptr) {
        return;
    }
    LedgerEntry::Stand stand = entry_->stand();
    OfADay unspent{stand.date, stand.unspent};
    unspent.add(moved.back);
    stand.date = unspent.date;
    stand.unspent = unspent.count;
    stand.held = credit_.held() + moved_closes_;
    stand.loan = loan();
    stand.since = since_;
    entry_->stand_at(stand);
}

void CreditLine::close() noexcept
{
    if (entry_ != nullptr) {
        worker_.ledger.release(*std::exchange(entry_, nullptr));
    }
}

}  // namespace mmx::gate
