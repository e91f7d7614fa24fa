#pragma once

// What one key's commits and the day's totals use of the worker they belong to: the way to Redis,
// what they count in, numbers for what they send, and who is to be told when something is pending.

#include <cstdint>
#include <string>
#include <utility>

#include "base/ledger.hpp"
#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/settings.hpp"
#include "commits/key_credit.hpp"
#include "lib/api_key.hpp"
#include "lib/settlements.hpp"
#include "lib/total_flush.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace mmx::gate {

class Admission;
class KeyCommits;

// From key to key by aliases. One leads to the id that counts, as `rotate` keeps them; further ones
// are for rotations that come while a request waits.
inline constexpr std::uint8_t moves_max = 3;

// What is to be given back of another key's credit, and what is to be closed, after a rotation.
struct MovedCredit {
    Settlements back;
    std::int64_t closes = 0, loan = 0;  // see Commit
};

class Committing {
public:
    Committing(RedisConnection& to_redis, RedisHandshake& greeting, Settings& known,
               Metrics& counters, const CreditTerms& terms, LedgerMemory* memory,
               std::string worker)
        : connection(to_redis), handshake(greeting), settings(known), metrics(counters),
          credit(terms), worker_field(std::move(worker)), ledger(memory, worker_field)
    {
    }
    Committing(const Committing&) = delete;
    Committing& operator=(const Committing&) = delete;

    RedisConnection& connection;
    RedisHandshake& handshake;
    Settings& settings;
    Metrics& metrics;
    const CreditTerms credit;
    const std::string worker_field;  // redis_keys::field::sequence_prefix and the worker's id
    Ledger ledger;                   // under that name
    std::uint64_t batch_us = 0;      // when the last batch was sent; monotonic

    // Microseconds of Redis' clock, 16 digits; each greater than the last.
    std::uint64_t next_sequence() noexcept;

    // Whether to log that Redis takes nothing from anybody: once a second, of whichever key.
    bool may_log_refusal() noexcept;

    // Of one key's commits: they have something to send; the same after a pause; they have refused;
    // their commit's outcome is known.
    virtual void take_turn(KeyCommits& key) noexcept = 0;
    virtual void pause(KeyCommits& key) noexcept = 0;
    virtual void note_denied(KeyCommits& key) noexcept = 0;
    virtual void rest(KeyCommits& key) noexcept = 0;

    // Of its credit: from now on it must hear what is called back; its limits leave nothing while
    // credit is out, and the commit comes again a moment later. loan: all that was lent up to there
    // is to be called back; 0: nothing is.
    virtual void hear(KeyCommits& key) noexcept = 0;
    virtual void hold(KeyCommits& key, std::int64_t loan) noexcept = 0;
    // Until when credit holds, monotonic microseconds; whether any is to be asked for.
    virtual std::uint64_t leased_us() const noexcept = 0;
    virtual bool lends() const noexcept = 0;
    // Credit of another key, after a rotation: to be given back, and closed, there.
    virtual void give_back(const KeyId& id, const MovedCredit& moved) = 0;

    // What belongs to another key, after a rotation: an admission that waits, keeping its deadline,
    // and what is due.
    virtual void move(Admission& admission, const KeyId& id) = 0;
    virtual void settle(const KeyId& id, const Settlement& settlement) = 0;

    // Of the day's totals: whether anything is pending has changed; Redis has answered.
    virtual void update_needed() noexcept = 0;
    virtual void answered() noexcept = 0;
    // How much of a key's credit was spent: the flush of that number says that it is out no more;
    // and when that was answered, or will never be.
    virtual TotalFlush::Spent tell_spent(const KeyId& id, std::uint64_t flush) noexcept = 0;
    virtual void close_told(const KeyId& id) noexcept = 0;

protected:
    ~Committing() = default;  // never owned through this base

private:
    std::uint64_t last_sequence_ = 0;
    time_t refusal_logged_at_ = 0;
};

}  // namespace mmx::gate
