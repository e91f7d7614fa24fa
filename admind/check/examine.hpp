#pragma once

// The examinations of checks.hpp together. Throws Error when Redis fails meanwhile.

#include <cstddef>

#include "base/secrets.hpp"
#include "check/finding.hpp"
#include "redis/client.hpp"
#include "store/settings.hpp"

namespace mmx::admin {

inline constexpr std::size_t check_records_max = 100000;  // newest keys whose records are read

// All that still make sense after what was found. Without secrets only what needs none.
void examine(RedisClient& redis, const Secrets* secrets, std::size_t records_max,
             Findings& findings);

// What an operator must act on, of what can be seen without reading keys.
Findings find_warnings(RedisClient& redis, const Secrets& secrets, const Settings& settings);

}  // namespace mmx::admin
