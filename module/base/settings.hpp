#pragma once

// What the deployment has decided, as this worker last read it from Redis, at most a second ago
// while Redis answers: Redis' clock, the time zone, the master key, how long archives are kept, and
// how clients are spoken to.
//
// The clock runs on between readings by nginx's monotonic time, so a step of this host's own clock
// moves no quota day.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "base/ngx.hpp"
#include "base/secrets.hpp"
#include "host/guarded_page.hpp"
#include "lib/calendar.hpp"
#include "lib/limits.hpp"
#include "lib/resp.hpp"

namespace mmx::gate {

class Settings {
public:
    // metrics: shows there whether the master key is held.
    Settings(const Secrets& secrets, Metrics& metrics);

    // The commands that refresh() and set_clock() take the replies of, in that order.
    static void append_poll(std::string& out);

    // False when the reply is not of the expected form.
    bool refresh(const resp::Reply& values);
    bool set_clock(const resp::Reply& time) noexcept;

    // Whether dates can be told: Redis' clock and the zone have been read.
    bool known() const noexcept { return clock_base_us_ != 0 && calendar_.has_value(); }

    // Redis' clock, microseconds since 1970. Only when known().
    std::int64_t now_us() const noexcept;
    std::int64_t now() const noexcept { return now_us() / 1000000; }

    // The quota day of now. Only when known().
    const QuotaDay& today();

    // `Bearer <master key>`; empty when none is set. On a guarded page: read it, do not keep it.
    std::string_view authorization() const noexcept;
    bool has_master() const noexcept { return authorization_length_ != 0; }

    std::int64_t retention_seconds() const noexcept { return retention_days_ * 86400; }
    // Refunds of what MiniMax failed that a key is given for a day at least.
    std::int64_t refund_bound() const noexcept { return refund_bound_; }
    const Calendar& calendar() const noexcept { return *calendar_; }

    // The language of answers to clients that name none, and whom to ask, where that is set.
    bool chinese() const noexcept { return chinese_; }
    std::string_view contact() const noexcept { return contact_; }

private:
    void set_timezone(std::string_view name);
    void set_master(std::string_view sealed);
    void open_master(std::string_view sealed);

    const Secrets& secrets_;
    Metrics& metrics_;
    std::int64_t clock_base_us_ = 0;
    ngx_msec_t clock_base_ms_ = 0;
    std::optional<Calendar> calendar_;
    std::optional<QuotaDay> today_;
    std::string timezone_, sealed_master_;  // as last read, to notice a change
    bool read_once_ = false;
    std::int64_t retention_days_ = 400, refund_bound_ = refund_bound_default;
    bool chinese_ = false;
    std::string contact_;
    GuardedPage page_;
    std::size_t authorization_length_ = 0;
};

}  // namespace mmx::gate
