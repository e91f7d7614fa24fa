// What mmx-pace sends and mmx-streams expects: a chat answer as a stream of server-sent events. The
// first has the role, then come the deltas at their pace, then the finish with the usage, and with
// it
// `[DONE]`. The id of each event but that is the time it was sent at, in 19 digits of nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire.hpp"

namespace bench {

inline constexpr std::size_t deltas = 64;
inline constexpr std::int64_t pace_ns = 20 * ms_ns;
inline constexpr std::size_t timed_events = deltas + 2;  // `[DONE]` is one more
inline constexpr std::int64_t stream_ns = (deltas + 1) * pace_ns;

inline constexpr std::string_view event_start = R"(data: {"id":")";
inline constexpr std::size_t stamp_digits = 19;
inline constexpr std::string_view event_end = "\n\n";
inline constexpr std::string_view stream_end = "data: [DONE]\n\n\r\n0\r\n\r\n";

}  // namespace bench
