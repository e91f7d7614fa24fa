#pragma once

// What must hold, kept beside the product: who was admitted on which date, what was given back,
// what a key was at any time; and compared with Redis after every step.
//
// S1  Never over-admitted: on each date no more are admitted than the record charges, and no commit
//     charges beyond a limit.
// S2  Counted once: of all copies of one commit one at most changes a counter.
// S3  At rest, unless a host was lost, the counters are what was admitted less what was given
//     back; those of the month and of all keys together add up.
// S4  What may be spent anywhere is out by the record: nobody is refused by a limit before all of
// it
//     is back.
// S7  Where nothing goes wrong nobody waits for long, those that meet the limit while credit is out
//     neither.
//     A request is refused for the reason that held while it waited, and admitted against none that
//     held since before it came; and it is counted on the day on which it did.
//
// The first thing that does not hold is kept, and ends the run.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commits/admission.hpp"
#include "lib/api_key.hpp"
#include "lib/calendar.hpp"
#include "lib/networks.hpp"
#include "server/server.hpp"
#include "world/client.hpp"
#include "world/plan.hpp"

namespace mmx::simulation {

inline constexpr std::uint64_t never = ~std::uint64_t{0};

// A key under all of its ids. Times are steps of the run.
struct KeyAccount {
    struct Day {
        std::string date;
        std::int64_t admitted = 0;
        std::int64_t given_back = 0;       // refunds that were made due
        std::uint64_t full_since = never;  // without a break: a limit leaves nothing
    };

    std::vector<KeyId> ids;  // the last counts
    std::int64_t day_limit = 0, month_limit = 0;
    Networks networks;
    std::vector<Day> days;
    std::int64_t denied = 0;  // refusals that are to be noted

    std::uint64_t changes = 0;
    bool deleted = false, disabled = false;  // so it is written
    std::uint64_t disabled_since = never;    // and confirmed
    std::uint64_t listed_since = 0;          // the present network list was confirmed
    std::uint64_t disabled_last = 0, full_last = 0, closed_last = 0, rotated_last = 0;

    const KeyId& id() const noexcept { return ids.back(); }
    Day& day(std::string_view date);
};

class Book {
public:
    Book(Server& server, const Plan& plan);
    Book(const Book&) = delete;
    Book& operator=(const Book&) = delete;

    // What is left of a key's credit with all workers that are alive.
    struct Left {
        std::int64_t spendable = 0;
        std::map<std::string, std::int64_t, std::less<>> by_date;
    };
    std::function<Left(const KeyAccount& key)> left;

    std::deque<KeyAccount> keys;
    bool quiet = false;  // nothing goes wrong: nobody may be told that the gateway is unavailable
    std::string violation;  // the first

    void name(const KeyId& id, std::size_t key) { numbers_[std::string(id.view())] = key; }

    // What happened.
    void decided(Client& client);
    void given_back(std::size_t key, std::string_view date);
    void written(std::size_t key);            // a change of it, by the daemon
    void confirmed(std::size_t key);          // the same
    void forget(std::size_t key);             // before it is deleted
    std::int64_t out(const KeyAccount& key);  // credit of it, by its record

    void check();  // after a step
    // At rest. What was lost with a worker that crashed is in the ledger: the counters are right
    // also then.
    void check_counters(bool over);  // over: all workers have quit
    // Where none crashed. settled: what is noted later than at once, as refusals and totals, is
    // there as well. withheld: refunds that the script did not give.
    void check_rest(bool settled, bool totals, std::int64_t withheld);

    void fail(std::string what);

    std::int64_t charged(const KeyAccount& key, std::string_view date, std::string_view figure);

private:
    struct Counters {
        std::int64_t requests, refunds, month, out;
    };

    std::int64_t charged_month(const KeyAccount& key, std::string_view month);
    std::vector<Counters> counters(const KeyAccount& key);
    void before_commit(Words keys, Words arguments);
    void after_commit(Words keys, Words arguments, const Reply& reply);
    void note_fullness(KeyAccount& key);
    void check_admitted(const Client& client, KeyAccount& key);
    void check_date(const Client& client);
    void check_wait(const Client& client);
    void check_refused(const Client& client, const KeyAccount& key);
    void check_key(const KeyAccount& key);
    void check_totals();
    KeyAccount* account(std::string_view record);

    Server& server_;
    const bool limits_hold_, clock_runs_evenly_;
    const Calendar calendar_;
    const std::int64_t clock_off_us_;  // how far a worker's may be from Redis'
    const std::uint64_t decided_within_ms_;
    QuotaDay today_;
    std::unordered_map<std::string, std::size_t> numbers_;  // of keys, by id
    std::unordered_set<std::string> effective_;             // commits that changed a counter
    std::vector<Counters> before_;
    std::map<std::string, std::int64_t> of_deleted_;  // what they had charged, by date
};

}  // namespace mmx::simulation
