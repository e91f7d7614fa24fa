#pragma once

// Whether MiniMax takes a master key: one request for its models, and what it said.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmx::admin {

inline constexpr std::size_t probe_models_max = 200;
inline constexpr std::size_t probe_message_max = 300;      // bytes of MiniMax's words
inline constexpr std::size_t probe_body_max = 256 * 1024;  // bytes that are read of an answer
inline constexpr int probe_connect_s = 5;
inline constexpr int probe_read_s = 10;
inline constexpr int probe_total_s = 20;  // whatever hangs, names' resolution too

struct ProbeReport {
    bool ok = false;
    std::optional<std::int64_t> status;  // HTTP; nothing: MiniMax was not reached
    std::optional<std::int64_t> code;    // MiniMax's own, of base_resp
    std::string message;                 // MiniMax's words, or why it was not reached
    std::int64_t latency_ms = 0;
    std::vector<std::string> models;
};

// `https://host[:port]`, or `http://` for a loopback address: the tests' stand-in. No path.
struct UpstreamUrl {
    bool tls = true;
    std::string host;
    int port = 443;
};

// Throws Error{invalid_argument}.
UpstreamUrl parse_upstream(std::string_view text);

// Never follows a redirect; the certificate must be valid for the host. Throws nothing that MiniMax
// or the network causes. The key is in the request alone, also when MiniMax repeats it in its
// words.
ProbeReport probe_upstream(const UpstreamUrl& url, std::string_view master);

}  // namespace mmx::admin
