#pragma once

// All keys' commits of one worker: whose turn it is to commit, who waits until when, who is idle.
//
// Whatever becomes pending in one turn of the event loop is sent at its end, all keys' in one
// write. Every waiting admission has a deadline; every list here has a bound.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/list.hpp"
#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "commits/bequests.hpp"
#include "commits/committing.hpp"
#include "commits/day_totals.hpp"
#include "commits/deadlines.hpp"
#include "commits/key_commits.hpp"
#include "commits/recalls.hpp"

namespace mmx::gate {

inline constexpr std::size_t waiting_max = 65536;            // admissions waiting in a worker
inline constexpr std::size_t waiting_while_down_max = 1024;  // the same while Redis is away
inline constexpr ngx_msec_t pause_after_error_ms = 100;      // before a refused commit is repeated
inline constexpr ngx_msec_t denied_interval_ms = 1000;       // how late refusals are noted
inline constexpr ngx_msec_t hold_step_ms = 5;  // before a commit that found credit out comes again
inline constexpr std::size_t looked_at_max = 1024;  // keys whose credit is looked at in one go
inline constexpr std::size_t returning_max = 256;   // commits under way that nobody waits for

class WorkerCommits final : private Committing {
public:
    // memory: of the ledger, or null. keys_max: so many are remembered.
    WorkerCommits(RedisConnection& to_redis, RedisHandshake& greeting, Settings& known,
                  Metrics& counters, const CreditTerms& terms, LedgerMemory* memory,
                  std::size_t keys_max, ngx_msec_t timeout, std::string worker);

    // Takes the admission in: it is decided at once, on credit or where waiting is pointless, or
    // it waits.
    void join(Admission& admission);
    // How long a request may wait here.
    ngx_msec_t timeout() const noexcept { return timeout_; }
    // Adds to what is due to a key.
    void settle(const KeyId& id, const Settlement& settlement) override;

    // MiniMax refused our own account on that date.
    void note_rejection(const Date& date, int status, int code);

    void on_ready() noexcept;  // commits may be sent
    void on_lost() noexcept;   // the connection is gone, or could not be made

    // What is left of a key's credit, of which day, and whether it holds still: for who watches.
    struct CreditLeft {
        std::int64_t left = 0;
        Date date{};
        bool leased = false;
    };
    CreditLeft credit_left(const KeyId& id) const noexcept;

    // Writes a line for each key whose settlements will not be sent any more, and one for each
    // day whose totals will not.
    void log_unsettled() const noexcept;

private:
    void take_turn(KeyCommits& key) noexcept override;
    void pause(KeyCommits& key) noexcept override;
    void note_denied(KeyCommits& key) noexcept override;
    void rest(KeyCommits& key) noexcept override;
    void hear(KeyCommits& key) noexcept override;
    void hold(KeyCommits& key, std::int64_t loan) noexcept override;
    std::uint64_t leased_us() const noexcept override { return recalls_.leased_us(); }
    bool lends() const noexcept override
    {
        return credit.on && recalls_.heard() && ngx_exiting == 0 &&
               credit_.size() < credit_keys_max();
    }
    // So many keys may hold credit: the others are remembered by turns.
    std::size_t credit_keys_max() const noexcept { return keys_max_ - keys_max_ / 8; }
    void give_back(const KeyId& id, const MovedCredit& moved) override;
    void move(Admission& admission, const KeyId& id) override;
    void update_needed() noexcept override;
    void answered() noexcept override { quitting_since_ms_ = 0; }
    TotalFlush::Spent tell_spent(const KeyId& id, std::uint64_t flush) noexcept override;
    void close_told(const KeyId& id) noexcept override;

    KeyCommits* key_commits(const KeyId& id);
    bool forget_one() noexcept;
    void flush();
    void commit(KeyCommits& key);
    void end_pauses();
    void end_holds();
    void make_room() noexcept;
    void look_for_idle_credit();
    // A quarter of the horizon, which is 100 ms at least.
    ngx_msec_t idle_interval_ms() const noexcept
    {
        return static_cast<ngx_msec_t>(credit.horizon_us / 4000);
    }
    void recall(const KeyId& id) noexcept;
    void recall_all() noexcept;
    void note_called_back(const KeyId& id, std::int64_t loan, std::int64_t lease_us) noexcept;
    void include_denied();
    void give_up(Admission& admission);

    const ngx_msec_t timeout_;
    const std::size_t keys_max_;

    DayTotals totals_;
    Recalls recalls_;
    Bequests bequests_{*this};
    std::unordered_map<KeyId, std::unique_ptr<KeyCommits>> keys_;
    List<KeyCommits> turns_, pauses_, holds_, denied_, work_, idle_;
    List<KeyCommits> returns_;   // the turns of those that only give back, after all others
    std::size_t returning_ = 0;  // of them, whose commit is under way
    List<KeyCommits> credit_;    // holds some; who was looked at longest ago comes first
    Deadlines deadlines_;

    PostedEvent flush_ = PostedEvent::calling<&WorkerCommits::flush>(*this);
    Timer pause_timer_ = Timer::calling<&WorkerCommits::end_pauses>(*this);
    Timer hold_timer_ = Timer::calling<&WorkerCommits::end_holds>(*this);
    Timer idle_timer_ = Timer::calling<&WorkerCommits::look_for_idle_credit>(*this);
    Timer denied_timer_ = Timer::calling<&WorkerCommits::include_denied>(*this);
    ngx_msec_t down_since_ms_ = 0, quitting_since_ms_ = 0;
    bool down_ = false, given_up_ = false;
};

}  // namespace mmx::gate
