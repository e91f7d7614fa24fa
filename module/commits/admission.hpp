#pragma once

// The record of one client request: how it was let in or refused, and what remains to be settled.
//
// One for each main request that enters a location with `mmx on`. It lives in the request's pool,
// so it survives internal redirects and error pages, which clear r->ctx and run the access phase
// again; find() finds it either way. When it is destroyed it leaves whatever it waits in.

#include <cstdint>
#include <optional>

#include "base/list.hpp"
#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "commits/deadlines.hpp"
#include "lib/answers/refusal.hpp"
#include "lib/api_key.hpp"
#include "lib/commit.hpp"
#include "lib/upstream_error.hpp"

namespace mmx::gate {

class EchoGuard;

// Counts of the windows right after this request was counted; for the x-ratelimit headers.
struct Windows {
    std::int64_t day_limit = 0, day_used = 0, day_ends = 0;  // a limit of 0: unlimited
    std::int64_t month_limit = 0, month_used = 0, month_ends = 0;
};

// How metrics, $mmx_verdict and the day's tallies name a refusal.
Counted counted_as(Refusal refusal) noexcept;

class Admission {
public:
    enum class State : std::uint8_t { waiting, admitted, refused };

    Admission(ngx_http_request_t* r, Metrics& metrics) noexcept;
    ~Admission();

    // This request's admission, or null when it has not been through the access phase.
    static Admission* find(ngx_http_request_t* r) noexcept;
    // Makes it; its verdict is counted in the metrics. Null when out of memory.
    static Admission* begin(ngx_http_request_t* r, Metrics& metrics) noexcept;

    State state() const noexcept { return state_; }
    bool admitted() const noexcept { return state_ == State::admitted; }
    bool refused() const noexcept { return state_ == State::refused; }
    Refusal refusal() const noexcept { return refusal_; }  // only when refused

    // The decisions. One that does not count is admitted with nothing granted. Each wakes a request
    // that waits by posting its own event: running its phases from here could free it under the
    // caller.
    void admit(const Date& date, const Windows& windows, bool locally) noexcept;
    void refuse(Refusal refusal, const Windows& windows) noexcept;

    ngx_http_request_t* request() const noexcept { return request_; }
    std::span<const std::uint8_t> address() const noexcept;  // the client's, network order

    std::string_view verdict_word() const noexcept;  // $mmx_verdict
    ngx_msec_t waited_ms() const noexcept;           // $mmx_wait

    KeyId id{};                 // of the key, or of the one it was rotated to; set before joining
    ngx_str_t user{};           // of the key; in the request's pool
    ngx_str_t detail{};         // of its refusal, in a sentence; in the request's pool
    EchoGuard* echo = nullptr;  // of phases/echo_guard, once the master key left
    Date date{};                // the quota day it was counted on
    Windows windows{};
    bool identified = false;        // id is set
    bool counts = true;             // false: the key is checked and nothing is charged
    bool awaits_addresses = false;  // of its upstream, before it joins its key's commits
    std::uint8_t moves = 0;         // from key to key, by an alias
    bool settled = false;           // the log phase has been here
    bool answered = false;          // a refusal was sent, or its error page begun
    bool headers_added = false;
    bool holds_answer = false;                    // phases/upstream_answer has something of it
    std::optional<UpstreamError> upstream_error;  // what MiniMax answered, where that was read

    // Where it waits, in its key's commits or in the one under way, and how long at most.
    Link<Admission> in_key_commits{this};
    Deadline deadline{*this};

private:
    void decide(State state, Counted counted) noexcept;

    ngx_http_request_t* request_;
    Metrics& metrics_;
    State state_ = State::waiting;
    Refusal refusal_ = Refusal::gateway_unavailable;
    Counted counted_ = Counted::client_gone;  // until something else was decided
    ngx_msec_t waited_ms_ = 0;
};

}  // namespace mmx::gate
