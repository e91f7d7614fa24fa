#pragma once

// What `check` looks at: each function examines one thing and leaves findings that say what to do.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/secrets.hpp"
#include "check/finding.hpp"
#include "lib/calendar.hpp"
#include "redis/client.hpp"
#include "store/settings.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t check_seals_max = 100;  // newest keys whose seals are tried
inline constexpr std::int64_t check_skew_max = 2;    // seconds

// What the secret file holds; null when it cannot be used.
std::unique_ptr<Secrets> check_secret(const std::string& path, Findings& findings);
// Whether others could listen on the way there. The URL is that which was connected to.
void check_way(const RedisUrl& url, Findings& findings);

// A server that does not say what it is may be a good one: that is a warning.
void check_server(RedisClient& redis, Findings& findings);
void check_clock(RedisClient& redis, Findings& findings);
// Whether the settings hold this secret's seal.
bool check_settings(const Secrets& secrets, const Settings& settings, Findings& findings);
void check_master(const Secrets& secrets, const Settings& settings, Findings& findings);
void check_keys(Store& store, const Calendar& calendar, std::size_t records_max,
                Findings& findings);
void check_audit(Store& store, Findings& findings);

}  // namespace mmx::admin
