#pragma once

// Who may do what in this Redis: that nobody comes in without a name, and that the gateway's user
// and ours may do what conf/users.acl gives them and nothing beyond it. Throws Error.

#include "check/finding.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

void check_rights(RedisClient& redis, Findings& findings);

}  // namespace mmx::admin
