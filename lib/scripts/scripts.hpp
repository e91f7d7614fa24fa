#pragma once

// The Lua scripts beside this file, as embedded at build. None begins with a shebang: whoever loads
// one that must run under allow-oom puts that before it where the server knows it (Redis 7).

#include <string_view>

namespace mmx::scripts {

extern const std::string_view commit;    // admissions and settlements of one key
extern const std::string_view lent;      // what is out of keys' credit
extern const std::string_view recall;    // has credit given back
extern const std::string_view place;     // puts keys into the ordered views
extern const std::string_view search;    // what a search finds keys by
extern const std::string_view rotate;    // moves a key's record to its new id
extern const std::string_view total;     // adds to the day's totals of all keys
extern const std::string_view throttle;  // counts attempts to log in

// A settlement must get through when Redis is out of memory, so the commit runs under allow-oom,
// and the totals with it.
inline constexpr std::string_view allow_oom = "#!lua flags=allow-oom\n";

}  // namespace mmx::scripts
