#pragma once

// One worker's pending operations on one key: admissions waiting, settlements due, and at most one
// commit under way. While that commit is out, everything new waits and travels in the next: group
// commit. A commit whose reply was lost is sent again, word for word, until its outcome is known.

#include <cstdint>
#include <string>
#include <vector>

#include "admission.hpp"
#include "calendar.hpp"
#include "commit.hpp"
#include "list.hpp"
#include "networks.hpp"
#include "redis_connection.hpp"

namespace mmx {

class Accounts;

inline constexpr int error_replies_max = 100;         // to one commit, before it is given up
inline constexpr std::int64_t touch_interval_s = 60;  // how exact last_used_at is
inline constexpr std::int64_t user_interval_s = 10;   // how fresh $mmx_user is

class Account final : public ReplyWaiter {
public:
    Account(Accounts& accounts, const KeyId& id) noexcept;
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    const KeyId& id() const noexcept { return id_; }

    void wait(Admission& admission) noexcept;
    // Adds to what is due on that date. Due figures are sent in the next commit.
    void add(const Date& date, Figure figure, std::int64_t delta);
    // Makes the count of refusals due. Until then it waits, so that refusing stays a mere reading.
    void include_denied() noexcept { denied_due_ = denied_ != 0; }

    // Sends the commit that is to be repeated, or the next one if anything is pending.
    void commit();

    // Whether anything is pending that must reach Redis.
    bool busy() const noexcept
    {
        return outstanding_ || denied_due_ || !waiting_.empty() || !due_.empty();
    }

    // Whether the key was granted something within grace_ms, and nothing has spoken against since.
    bool lately_granted(ngx_msec_t grace_ms) const noexcept;
    bool allows(const Admission& admission) const noexcept;
    ngx_str_t copy_user(ngx_pool_t* pool) const noexcept { return ngx::copy(pool, user_); }

    // Writes what will never be settled to the log.
    void log_unsettled() const noexcept;

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override;

    Link<Account> in_turn{this};    // to commit as soon as the connection takes it
    Link<Account> in_pause{this};   // to commit after a pause
    Link<Account> in_denied{this};  // refusals not yet due
    Link<Account> in_work{this};    // busy: Redis is needed
    Link<Account> in_idle{this};    // nothing pending: may be forgotten

private:
    bool form();
    void send(std::string_view verb, std::string_view script);
    void handle(const resp::Reply& reply);
    void on_error(std::string_view error);
    void on_user(const resp::Reply& reply);
    void resolve(const CommitReply& reply);
    void answer_members(const CommitReply& reply);
    void admit_members(const CommitReply& reply, Windows windows);
    void refuse_all(List<Admission>& list, Refusal refusal, const Windows& windows = {});
    void take_networks(std::string_view text);
    void move_to(std::string_view id, bool grace_over);
    void put_back();
    void repeat_later() noexcept;
    void give_up(std::string_view why);
    void log_settlement(const Settlement& settlement) const noexcept;

    Accounts& accounts_;
    const KeyId id_;

    List<Admission> waiting_;
    std::vector<Settlement> due_;
    std::int64_t denied_ = 0;  // refusals not yet noted
    bool denied_due_ = false;

    // The commit under way. members_ are those of its admissions whose requests are still there.
    bool outstanding_ = false;  // formed, its outcome not known
    bool sent_ = false;         // a reply is owed
    bool again_ = false;        // it may have run already
    bool touching_ = false, verifying_ = false;
    int error_replies_ = 0;
    std::uint64_t sequence_ = 0, sent_us_ = 0;
    std::uint32_t asked_ = 0;
    QuotaDay day_{};
    std::int64_t now_ = 0;
    List<Admission> members_;
    std::vector<Settlement> settlements_;
    std::vector<std::string> months_;  // archives to name
    std::string archived_month_;       // the one the last reply asked for

    // What is known of the key.
    std::string networks_text_;
    Networks networks_;
    bool networks_wrong_ = false;  // what Redis holds is no list: nobody is let in
    std::string user_, unconfirmed_user_;
    std::int64_t user_read_at_ = 0, touched_at_ = 0;
    bool user_owed_ = false;
    ngx_msec_t granted_ms_ = 0;
    bool granted_ = false;
};

}  // namespace mmx
