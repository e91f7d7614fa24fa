#pragma once

// Whether commits go through: the gateway's own script, sent as a gateway sends it, counts on a
// scratch key. It names no right and no version: what Redis refuses is told in Redis' words.

#include "check/finding.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

// Leaves nothing behind in Redis; if it is cut off, what it made expires within a minute.
void check_commit(RedisClient& redis, Findings& findings);

}  // namespace mmx::admin
