#pragma once

// Word from Redis that credit still holds. While this worker holds any, mmx:recalls is read many
// times a second: an answer that names none of its keys prolongs the lease of all credit, one that
// names some has these given back. Whoever changes a key, and whoever meets a limit while credit is
// out, writes its name there.

#include <cstdint>
#include <deque>
#include <string_view>

#include "base/timer.hpp"
#include "commits/committing.hpp"
#include "lib/api_key.hpp"
#include "redis/connection.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t recalls_interval_ms = 25;
inline constexpr std::size_t recalls_max = 1024;  // names read at a time; of more, all give back
inline constexpr std::int64_t recall_ahead_max_us = 3 * 86400LL * 1000000;  // of Redis' clock
inline constexpr std::int64_t announced_s = 600;  // the lease is written down again so often

class Recalls final : public ReplyWaiter {
public:
    // Who holds the credit: whether any is held; the keys named give theirs back; all do; what
    // call_back() was told has been done, and nobody's credit holds longer than lease_us.
    struct Holder {
        void* data;
        bool (*holds)(void* data) noexcept;
        void (*recall)(void* data, const KeyId& id) noexcept;
        void (*recall_all)(void* data) noexcept;
        void (*called_back)(void* data, const KeyId& id, std::int64_t loan,
                            std::int64_t lease_us) noexcept;
    };

    Recalls(Committing& worker, Holder holder) noexcept;
    Recalls(const Recalls&) = delete;
    Recalls& operator=(const Recalls&) = delete;

    // Until when credit holds, by the last answer; monotonic microseconds.
    std::uint64_t leased_us() const noexcept { return leased_us_; }
    // Whether recalls can be heard: false where Redis refuses to tell them.
    bool heard() const noexcept { return heard_; }

    // From now on credit is held.
    void begin();
    // Credit of that key is called back from all workers, up to that loan.
    void call_back(const KeyId& id, std::int64_t loan);

    void on_ready();  // commands may be sent

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override;

private:
    enum class Kind : std::uint8_t { names, announced, called_back };
    struct Owed {
        Kind kind;
        KeyId id{};  // called back
        std::int64_t loan = 0;
    };

    void poll();
    void ask();
    void announce();
    void take(const Owed& owed, const resp::Reply& reply);
    void take_names(const resp::Reply& reply);
    void distrust() noexcept;
    void refuse(std::string_view error) noexcept;
    void send_call(std::string_view verb, std::string_view script, const Owed& call);

    Committing& worker_;
    const Holder holder_;
    std::uint64_t leased_us_ = 0;
    std::uint64_t asked_us_ = 0;  // when the names that are owed were asked for
    bool asked_ = false;          // names are owed
    bool heard_ = true;
    // Number and name of the last recall heard; empty: none on this connection; `0`: there is none.
    std::string last_, last_name_;
    bool distrusted_ = false;        // what was read last cannot be
    bool quits_ = false;             // all was given back since
    std::int64_t announced_at_ = 0;  // seconds of Redis' clock
    std::deque<Owed> owed_;

    // Not cancelable: a worker that quits gives back what it holds at its next call.
    Timer timer_ = Timer::calling<&Recalls::poll>(*this);
};

}  // namespace mmx::gate
