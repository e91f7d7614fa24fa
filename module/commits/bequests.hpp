#pragma once

// What dead workers left in the ledger: their last flush and their commits that were under way are
// repeated under their own name and number, with nobody waiting, and then all that was charged and
// not handed out is given back. Looked for when this worker starts, and once a second ever after.
//
// A rotation may have made one key of two: so all are repeated before any is given back, and of one
// key one at a time. A number that was used meanwhile would make a repeat come too late.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ledger.hpp"
#include "base/timer.hpp"
#include "commits/committing.hpp"
#include "lib/calendar.hpp"
#include "redis/connection.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t bequests_interval_ms = 1000;
inline constexpr ngx_msec_t bequest_pause_ms = 100;  // after a refused commit
inline constexpr std::size_t heirs_max = 64;         // lines that are seen to at a time
inline constexpr int heir_errors_max = 100;          // replies to one, before it is given up
inline constexpr int heir_moves_max = 3;             // from key to key, by aliases

class Bequests {
public:
    explicit Bequests(Committing& worker) noexcept;
    Bequests(const Bequests&) = delete;
    Bequests& operator=(const Bequests&) = delete;
    ~Bequests();

    void on_ready();  // commands may be sent

private:
    class Heir;

    // The dead worker's last flush of totals, repeated with the credit that it closes alone.
    class LastFlush;

    void look();
    void go_on();
    void leave();
    bool flush_is_known();
    bool at_work_on(const KeyId& id) const noexcept;  // a commit on it is under way
    // Above all that were used under the dead worker's name, of whatever key: a rotation may have
    // made one of two.
    std::uint64_t next_number() noexcept;

    Committing& worker_;
    std::unique_ptr<Ledger::Bequest> bequest_;
    std::unique_ptr<LastFlush> flush_;  // of it, where there was one
    std::size_t next_ = 0;              // of its entries
    bool repeating_ = false;            // and not giving back yet
    std::vector<std::unique_ptr<Heir>> heirs_;
    Timer timer_ = Timer::calling<&Bequests::look>(*this);
};

}  // namespace mmx::gate
