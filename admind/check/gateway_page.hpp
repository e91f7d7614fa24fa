#pragma once

// What a running gateway says of itself on its page for Prometheus (`mmx_status`): the only word on
// whether it is ready that is not our own guess.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "check/finding.hpp"

namespace mmx::admin {

inline constexpr std::size_t page_body_max = 1024 * 1024;  // bytes that are read
inline constexpr int page_connect_s = 1;
inline constexpr int page_total_s = 3;  // whatever hangs, names' resolution too

// Where the page is: `http://host[:port]/path`, or https://, with a path that may be empty.
struct PageUrl {
    std::string origin, path;
};

// Throws Error{invalid_argument}.
PageUrl parse_page_url(std::string_view text);

// The figures that tell; absent where the page has none.
struct GatewayFigures {
    std::optional<std::int64_t> ready_workers;   // that may commit to Redis now
    std::optional<std::int64_t> workers;         // that there are
    std::optional<std::int64_t> master_workers;  // that hold the master key
    std::optional<std::int64_t> unsettled;       // commits given up
    std::string nginx;                           // its version, `1.22.1`; empty: not said
    std::string unready;                         // what keeps the others from it: `2 auth, 1 lost`
};

GatewayFigures parse_gateway_page(std::string_view page);

// Asks the page at the address; of an empty one nothing is found. Returns the version of the nginx
// that answers, empty where it is unknown. Throws as parse_page_url does, and nothing that the
// gateway or the network causes.
std::string check_gateway(const std::string& address, Findings& findings);

// What the figures mean.
void judge_gateway(const GatewayFigures& figures, Findings& findings);

}  // namespace mmx::admin
