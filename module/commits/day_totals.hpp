#pragma once

// What one worker's commits have added to the figures of all keys together, on its way to the
// totals of the day, and the ids of the keys they changed, on their way to the daemon.
//
// Only what Redis has answered is added, so the totals become the sum over all keys. They are sent
// once a second while there are any, one command at a time, which is repeated word for word until
// its outcome is known, and counts once. A worker that quits sends what it has before it goes. One
// that crashes takes that with it, a second of totals at most, never a key's own counters.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "commits/committing.hpp"
#include "lib/api_key.hpp"
#include "lib/settlements.hpp"
#include "lib/tallies.hpp"
#include "redis/connection.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t totals_interval_ms = 1000;      // how late totals are
inline constexpr ngx_msec_t totals_quit_interval_ms = 100;  // the same for a refused one, at quit
inline constexpr std::size_t totals_flush_keys = 1024;      // so many ids are sent sooner
inline constexpr int totals_errors_max = 100;  // replies to one flush, before it is given up

class DayTotals final : public ReplyWaiter {
public:
    // keys_max: ids pending, as many as a worker remembers keys: each is named once in a flush.
    DayTotals(Committing& worker, std::size_t keys_max) noexcept;
    DayTotals(const DayTotals&) = delete;
    DayTotals& operator=(const DayTotals&) = delete;

    // A commit was answered: so many were granted on that date, and the settlements are written.
    // named: kept by the caller for each key, 0 at first; tells whether the key is named already.
    void note(const KeyId& id, std::uint64_t& named, const Date& date, std::int64_t granted,
              const Settlements& settlements);

    // The same of a key that was asked for, and has nothing to settle; often nothing was granted
    // under this id either.
    void name(const KeyId& id, std::uint64_t& named, const Date& date, std::int64_t granted = 0);

    // So many more of that name on that date; time: of Redis' clock, or 0 where none is kept.
    void tally(const Date& date, std::string_view name, std::int64_t count, std::int64_t time);

    void on_ready();  // commits may be sent

    // Whether anything must still reach Redis.
    bool busy() const noexcept { return under_way_ || pending(); }

    // Writes what will never be sent to the log.
    void log_unsettled() const noexcept;

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override { sent_ = false; }

private:
    bool pending() const noexcept { return !pending_.empty(); }
    void on_timer();
    void schedule();
    void flush();
    void send(std::string_view verb, std::string_view script);
    void handle(const resp::Reply& reply);
    void on_error(std::string_view error);
    void give_up(std::string_view why);
    void close();
    static void log_lost(const Settlements& totals) noexcept;

    Committing& worker_;
    const std::size_t keys_max_;

    Settlements pending_;         // by date, to be sent in the next flush
    Tallies tallies_;             // beside them
    std::vector<KeyId> touched_;  // by it
    std::uint64_t round_ = 1;     // its number, to know whom it names already
    bool overrun_ = false;        // ids were dropped since the last flush that got through

    bool under_way_ = false;  // a flush was formed, its outcome is not known
    bool sent_ = false;       // a reply is owed
    int error_replies_ = 0;
    std::uint64_t sequence_ = 0;
    Settlements flushed_;
    Tallies flushed_tallies_;
    std::vector<KeyId> flushed_keys_;
    std::vector<TotalFlush::Spent> flushed_spent_;  // of their credit

    // Not cancelable: it runs only while something is pending, and a worker that quits waits for
    // it.
    Timer timer_ = Timer::calling<&DayTotals::on_timer>(*this);
};

}  // namespace mmx::gate
