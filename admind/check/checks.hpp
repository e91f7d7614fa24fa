#pragma once

// What `check` looks at: each function examines one thing and leaves findings that say what to do.

#include <string>
#include <vector>

#include "cli/context.hpp"

namespace mmx::admin {

inline constexpr std::size_t check_seals_max = 100;       // newest keys whose seals are tried
inline constexpr std::size_t check_records_max = 100000;  // newest keys whose records are read
inline constexpr std::int64_t check_skew_max = 2;         // seconds

struct Finding {
    enum class Level { ok, warn, fail };
    Level level;
    std::string subject, message;
    std::string advice;  // empty when all is well
};

std::string_view level_name(Finding::Level level) noexcept;

using Findings = std::vector<Finding>;

// Whether the secret was read.
bool check_secret(Context& context, Findings& findings);
void check_server(const ServerInfo& server, Findings& findings);
void check_clock(RedisClient& redis, Findings& findings);
void check_rights(RedisClient& redis, Findings& findings);
// Whether the settings hold this secret's seal.
bool check_settings(const Secrets& secrets, const Settings& settings, Findings& findings);
void check_master(const Secrets& secrets, const Settings& settings, Findings& findings);
void check_keys(Store& store, const Calendar& calendar, std::size_t records_max,
                Findings& findings);
void check_audit(Store& store, Findings& findings);

// All of these that still make sense after what was found. Without secrets only what needs none.
void examine(RedisClient& redis, const Secrets* secrets, std::size_t records_max,
             Findings& findings);

// What an operator must act on, of what can be seen without reading keys.
Findings find_warnings(RedisClient& redis, const Secrets& secrets, const Settings& settings);

}  // namespace mmx::admin
