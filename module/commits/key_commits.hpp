#pragma once

// One worker's pending operations on one key: admissions waiting, settlements due, and at most one
// commit under way. While that commit is out, everything new waits and travels in the next: group
// commit.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/list.hpp"
#include "commits/admission.hpp"
#include "commits/commit_under_way.hpp"
#include "commits/committing.hpp"
#include "commits/credit_line.hpp"
#include "commits/day_totals.hpp"
#include "commits/hold.hpp"
#include "commits/key_facts.hpp"
#include "lib/commit.hpp"
#include "lib/settlements.hpp"
#include "lib/total_flush.hpp"
#include "redis/connection.hpp"

namespace mmx::gate {

// To one commit, before it is given up. Of the second kind each ended the connection, which others
// use as well.
inline constexpr int error_replies_max = 100;
inline constexpr int unreadable_replies_max = 2;
inline constexpr std::int64_t giving_up_logged_s = 10;  // a line about one key, at most so often

class KeyCommits final : public ReplyWaiter {
public:
    KeyCommits(Committing& worker, DayTotals& totals, const KeyId& id) noexcept;
    KeyCommits(const KeyCommits&) = delete;
    KeyCommits& operator=(const KeyCommits&) = delete;

    const KeyId& id() const noexcept { return id_; }
    const KeyFacts& facts() const noexcept { return facts_; }

    // Admits it at once, on credit. False: it has to wait.
    bool spend(Admission& admission);
    void wait(Admission& admission) noexcept { waiting_.push_back(admission.in_key_commits); }
    // What is added here is sent in the next commit.
    Settlements& due() noexcept { return due_; }
    // Makes the count of refusals due. Until then it waits, so that refusing stays a mere reading.
    void include_denied() noexcept { denied_due_ = !denied_.empty(); }

    // Its credit is called back: what is left is given back by the next commit.
    void recall();
    // The same where it lies idle, or has to make room.
    void give_back_credit();
    // Credit that was spent and that no commit closes yet: the totals close it, by the flush of
    // that number; and when that was answered.
    TotalFlush::Spent tell_spent(std::uint64_t flush) noexcept
    {
        return credit_.tell_spent(commit_, flush);
    }
    void close_told() noexcept { credit_.close_told(); }
    // What another key's credit has become after a rotation.
    void take_back(const MovedCredit& moved) { credit_.take_back(moved); }
    // All that was lent up to that loan is called back, and holds so long at most.
    void note_called_back(std::int64_t loan, std::int64_t lease_us) noexcept
    {
        hold_.note_called_back(loan, monotonic_us(), lease_us);
    }
    bool holds_credit() const noexcept
    {
        return credit_.held() || (commit_.outstanding && commit_.ask > 0);
    }
    const KeyCredit& credit() const noexcept { return credit_.credit(); }

    // Sends the commit that is to be repeated, or the next one if anything is pending.
    void commit();

    // Whether anything is pending that must reach Redis.
    bool busy() const noexcept
    {
        return commit_.outstanding || denied_due_ || !waiting_.empty() || !due_.empty() ||
               credit_.gives_back();
    }

    // Nobody waits for what it has to send, and nothing is due but what it gives back.
    bool only_gives_back() const noexcept
    {
        return waiting_.empty() && due_.empty() && !denied_due_ && commit_.members.empty() &&
               commit_.settlements.empty();
    }

    // Nothing is under way or held: its line in the ledger is free.
    void close_credit() noexcept { credit_.close(); }

    // Writes what will never be settled to the log.
    void log_unsettled() const noexcept;

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_unreadable() noexcept override;
    void on_lost() noexcept override;

    Link<KeyCommits> in_turn{this};    // to commit as soon as the connection takes it
    Link<KeyCommits> in_pause{this};   // to commit after a pause
    Link<KeyCommits> in_denied{this};  // refusals not yet due
    Link<KeyCommits> in_work{this};    // busy: Redis is needed
    Link<KeyCommits> in_idle{this};    // nothing pending: may be forgotten
    Link<KeyCommits> in_credit{this};  // holds credit: hears what is called back
    std::uint64_t looked_at_us = 0;    // in that list; monotonic
    bool returning = false;            // one of those whose commit under way only gives back

private:
    struct Denied {
        Refusal refusal;
        std::int64_t count;
    };

    bool form();
    bool set_apart(List<Admission>& later) noexcept;
    void serve_waiting();
    void admit_on_credit(Admission& admission, std::uint64_t now_us);
    bool may_spend(const Admission& admission, std::uint64_t now_us);
    Windows windows_of(const CommitReply& reply) const noexcept;
    void move_credit(const KeyId& id);
    void hold_rest(std::int64_t loan);
    std::int64_t ask(const KeyCredit::Demand& demand, std::uint64_t now_us) noexcept;
    void note_denied(Refusal refusal, std::int64_t count);
    void make_denied_due();
    void send(std::string_view verb, std::string_view script);
    void handle(const resp::Reply& reply);
    void repeat();
    void on_error(std::string_view error);
    void resolve(const CommitReply& reply);
    std::int64_t answer_members(const CommitReply& reply);
    std::int64_t admit_members(std::int64_t granted, Windows windows);
    void refuse_all(List<Admission>& list, Refusal refusal, const Windows& windows = {});
    void take_networks(std::string_view text);
    void move_to(std::string_view id, bool grace_over);
    void put_back();
    void give_up(std::string_view why);
    void log_unsettled(const Settlements& lost) const noexcept;

    Committing& worker_;
    DayTotals& totals_;
    const KeyId id_;
    KeyFacts facts_;

    List<Admission> waiting_;
    bool outsiders_next_ = false;  // of them, whose address the network list does not let in
    Settlements due_;
    CreditLine credit_;
    bool only_back_ = false;      // by the next commit: nothing is asked for instead
    Hold hold_;                   // while somebody waits since credit is out
    std::vector<Denied> denied_;  // refusals not yet noted
    bool denied_due_ = false;

    CommitUnderWay commit_;
    std::string archived_month_;      // asked for by the last answer
    std::int64_t given_up_at_ = 0;    // when that was last logged; seconds of Redis' clock
    std::uint64_t totals_round_ = 0;  // the round of DayTotals that names this key already
};

}  // namespace mmx::gate
