#pragma once

// Holds off guessing. Attempts to log in are counted before they are looked at, for the client's
// network and for the account: from the fifth on each makes the next one wait, 1 second, then 2, 4
// and so on, up to 300. Who waits long enough may always try again, and the counts are forgotten
// after a while: nobody is locked out for good. On a network that an account was logged in to from
// it is held up by attempts at this account from there alone, so that others' failures, also those
// of their neighbours, do not keep an account's owner out. An attempt that was not looked at after
// all is taken back.
//
// What is counted has a bound, whoever floods: one counter an account, at most so many networks of
// each where it is at home, so many addresses (those beyond are counted for the account alone), and
// so many shares for all names that are no account's. Which name has which share is known with the
// secret file alone, so that a name is held up as an account's would be and tells nothing.
//
// All is counted in Redis. Without it nobody can log in or look anything up either, so there is
// nothing to guess: Error{redis_unavailable} comes before any hash is computed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/standing.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::int64_t attempts_free = 5;              // before the first delay
inline constexpr std::int64_t attempt_delay_max = 300;        // seconds
inline constexpr std::int64_t attempts_remembered = 15 * 60;  // seconds after the last one
inline constexpr std::int64_t home_kept = 30 * 86400;         // seconds after the last login
inline constexpr std::int64_t homes_per_account_max = 64;     // networks; the oldest goes
inline constexpr std::int64_t addresses_counted_max = 16384;  // at once
inline constexpr std::size_t unknown_share_digits = 3;        // hexadecimal: 4,096 shares
inline constexpr std::int64_t failure_note_interval = 60;     // seconds between audit entries
inline constexpr std::int64_t lookups_per_minute_max = 30;    // of one address

// An attempt that was counted.
struct CountedAttempt {
    Standing standing = Standing::unknown;
    std::vector<std::string> counters = {};  // names in Redis
};

class Throttle {
public:
    // Of the store's own address.
    explicit Throttle(Store& store);

    // Counts an attempt, or throws Error{too_many_requests}, which says when the next may come.
    // name: what may be an account's; empty: it is counted for the address alone.
    CountedAttempt attempt(std::string_view name, bool is_account);

    // The attempt was not looked at: as if it had not been made.
    void take_back(const CountedAttempt& attempt);

    // It succeeded. account: may be empty, as above.
    void pass(const CountedAttempt& attempt, std::string_view account);

    // It failed. How many failures of this address have not been told to the audit trail, when they
    // should be told now; else 0.
    std::int64_t fail();

    // A public look-up; throws likewise.
    void look_up();

private:
    Standing standing(std::string_view name, bool is_account);
    std::vector<std::string> counters(std::string_view name, Standing standing) const;
    std::int64_t run(const std::string& name, std::string_view step);
    void make_home(std::string_view account);

    Store& store_;
    RedisClient& redis_;
    std::string network_, of_address_;  // the address' network; the name of its counter
};

// Commands that forget where an account is at home.
std::vector<Command> forgetting_commands(std::string_view account);

}  // namespace mmx::admin
