#pragma once

// One worker's knowledge of a name's addresses: looked up with nginx's resolver when the worker
// starts, and again when the answer's time is over. Where DNS fails, the last addresses stay.

#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/timer.hpp"
#include "upstream/address_set.hpp"
#include "upstream/upstream_config.hpp"

namespace mmx::gate {

// Between two look-ups. The time is that of the answer's TTL, or the `valid` of the resolver.
inline constexpr ngx_msec_t look_up_min_ms = 1000;
// nginx's resolver remembers an answer for the whole of its TTL, whoever asks meanwhile.
inline constexpr ngx_msec_t look_up_max_ms = 300000;
// After a failure, doubled with each that follows.
inline constexpr ngx_msec_t look_up_again_min_ms = 500;
inline constexpr ngx_msec_t look_up_again_max_ms = 8000;

class ResolvedName {
public:
    ResolvedName(const UpstreamConfig& config, Metrics& metrics);
    ~ResolvedName();
    ResolvedName(const ResolvedName&) = delete;
    ResolvedName& operator=(const ResolvedName&) = delete;

    const UpstreamConfig& config() const noexcept { return config_; }
    // Never null; empty until the first answer.
    const std::shared_ptr<AddressSet>& addresses() const noexcept { return addresses_; }
    // Whether the last look-up failed.
    bool failed() const noexcept { return again_ms_ != 0; }

private:
    void look_up();
    void on_answer(ngx_resolver_ctx_t& answer);
    void on_failure(const char* why) noexcept;
    void use(std::vector<Address> addresses);

    const UpstreamConfig& config_;
    Metrics& metrics_;
    std::shared_ptr<AddressSet> addresses_;
    ngx_resolver_ctx_t* asked_ = nullptr;  // the look-up under way
    ngx_msec_t again_ms_ = 0;              // the pause after the last failure; 0: it succeeded
    Timer timer_ = Timer::calling<&ResolvedName::look_up>(*this);
};

}  // namespace mmx::gate
