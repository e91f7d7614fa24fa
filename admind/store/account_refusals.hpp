#pragma once

// How MiniMax refuses our own account, as the gateways tallied it beside the totals of today and of
// yesterday. Throws Error.

#include <cstdint>
#include <optional>

#include "lib/calendar.hpp"
#include "redis/client.hpp"
#include "store/settings.hpp"

namespace mmx::admin {

struct AccountRefusals {
    std::int64_t count = 0;  // today, of whatever kind
    // The kind that was seen last, today or yesterday, with its times of that day.
    int status = 0;
    int code = 0;  // of MiniMax; 0: none was told
    std::int64_t first = 0, last = 0;
};

// Nothing where there are none, or the last of them are of a master key that was replaced since.
std::optional<AccountRefusals> read_account_refusals(RedisClient& redis, const QuotaDay& today,
                                                     const Settings& settings);

}  // namespace mmx::admin
