#pragma once

// Holds off guessing. Attempts to log in are counted before they are looked at, for the client's
// address and for the account: from the fifth on each makes the next one wait, 1 second, then 2, 4
// and so on, up to 300. Who waits long enough may always try again, and the counts are forgotten
// after a while: nobody is locked out for good. An address that an account was used from is held up
// by its own failures alone, so that others' failures do not keep an account's owner out.
//
// All is counted in Redis. Without it nobody can log in or look anything up either, so there is
// nothing to guess: Error{redis_unavailable} comes before any hash is computed.

#include <cstdint>
#include <string>
#include <string_view>

#include "redis/client.hpp"

namespace mmx::admin {

inline constexpr std::int64_t attempts_free = 5;              // before the first delay
inline constexpr std::int64_t attempt_delay_max = 300;        // seconds
inline constexpr std::int64_t attempts_remembered = 15 * 60;  // seconds after the last one
inline constexpr std::int64_t address_known = 30 * 86400;     // seconds after the last login
inline constexpr std::int64_t failure_note_interval = 60;     // seconds between audit entries
inline constexpr std::int64_t lookups_per_minute_max = 30;    // of one address

class Throttle {
public:
    Throttle(RedisClient& redis, std::string_view address);

    // Counts an attempt, or throws Error{too_many_requests}, which says when the next may come. The
    // account need not exist; empty: it is counted for the address alone.
    void attempt(std::string_view account);

    // The attempt that was counted succeeded.
    void pass(std::string_view account);

    // It failed. How many failures of this address have not been told to the audit trail, when they
    // should be told now; else 0.
    std::int64_t fail();

    // A public look-up; throws likewise.
    void look_up();

private:
    std::int64_t run(const std::string& name, std::string_view step);

    RedisClient& redis_;
    std::string address_;
};

}  // namespace mmx::admin
