#pragma once

// What a test asks the stand-in to do otherwise: `name[=value][, name=value…]`, as the header
// `x-stub` of one request or as the default set through the control path. README.md lists them.
//
// A name nobody knows is an error, never ignored: a misspelt switch would make a test that passes
// for the wrong reason.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace upstream {

inline constexpr std::uint64_t stall_max_ms = 600'000;
inline constexpr std::uint64_t big_max_bytes = 256 << 20;
inline constexpr std::uint64_t frames_max = 100'000;

enum class StartUsage { whole, zeros, none };  // Anthropic's message_start
enum class Gzip { off, accepted, force };

struct Switches {
    // Another answer.
    std::optional<unsigned> status;
    std::optional<int> error;
    bool html502 = false, plain404 = false, echo_headers = false;

    // The answer's content.
    std::uint64_t big = 0;     // bytes of content beyond the usual
    std::uint64_t frames = 3;  // pieces of content in a stream
    std::optional<std::uint64_t> prompt, completion, cached;
    bool no_usage = false, zero_usage = false, usage_on_delta = false, summary = false;
    bool no_done = false, no_message_delta = false, event_error = false;
    StartUsage start_usage = StartUsage::whole;

    // The answer's form.
    bool crlf = false, nospace = false, close = false, early = false;
    Gzip gzip = Gzip::off;
    std::vector<std::pair<std::string, std::string>> headers;

    // Time.
    std::chrono::milliseconds stall_before_header{0}, first_byte_delay{0}, stall_mid{0},
        chunk_delay{0};

    // Where the answer is cut into writes, and where it breaks off.
    std::uint64_t bytes = 0;  // wire bytes per write
    std::uint64_t split = 0;  // body bytes per HTTP chunk
    bool reset_before_header = false, reset_mid_header = false, reset_mid_body = false;
    bool close_before_header = false, cut_chunked = false;
    std::optional<std::uint64_t> reset_at, close_at;  // offset in wire bytes
};

// Throws std::invalid_argument with a sentence naming what is wrong.
Switches parse_switches(std::string_view text);

}  // namespace upstream
