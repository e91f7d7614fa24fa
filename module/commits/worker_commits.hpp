#pragma once

// All keys' commits of one worker: whose turn it is to commit, who waits until when, who is idle.
//
// Whatever becomes pending in one turn of the event loop is sent at its end, all keys' in one
// write. Every waiting admission has a deadline; every list here has a bound.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/metrics.hpp"
#include "base/settings.hpp"
#include "commits/day_totals.hpp"
#include "commits/deadlines.hpp"
#include "commits/key_commits.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace mmx::gate {

inline constexpr std::size_t keys_remembered_max = 16384;    // keys remembered by a worker
inline constexpr std::size_t waiting_max = 65536;            // admissions waiting in a worker
inline constexpr std::size_t waiting_while_down_max = 1024;  // the same while Redis is away
inline constexpr ngx_msec_t pause_after_error_ms = 100;      // before a refused commit is repeated
inline constexpr ngx_msec_t denied_interval_ms = 1000;       // how late refusals are noted

class WorkerCommits {
public:
    WorkerCommits(RedisConnection& connection, RedisHandshake& handshake, Settings& settings,
                  Metrics& metrics, ngx_msec_t timeout, std::string worker_field);
    WorkerCommits(const WorkerCommits&) = delete;
    WorkerCommits& operator=(const WorkerCommits&) = delete;
    ~WorkerCommits();

    // Takes the admission in: it waits, or is decided at once where waiting is pointless.
    void join(Admission& admission);
    // Puts an admission that waits elsewhere into another key's commits, keeping its deadline.
    void move(Admission& admission, const KeyId& id);
    // Adds to what is due to a key.
    void settle(const KeyId& id, const Settlement& settlement);
    // An admission of ours was decided, or its request has gone.
    void left() noexcept;

    void on_ready() noexcept;  // commits may be sent
    void on_lost() noexcept;   // the connection is gone, or could not be made

    // For KeyCommits.
    void take_turn(KeyCommits& key) noexcept;
    void pause(KeyCommits& key) noexcept;
    void note_denied(KeyCommits& key) noexcept;
    void rest(KeyCommits& key) noexcept;  // after a commit: idle, or its turn again
    DayTotals& totals() noexcept { return totals_; }

    // For DayTotals: whether anything is pending has changed, or Redis has answered.
    void update_needed() noexcept;
    void answered() noexcept { quitting_since_ms_ = 0; }

    // For both.
    std::uint64_t next_sequence() noexcept;
    std::uint64_t batch_us() const noexcept { return batch_us_; }  // when the last batch was sent
    const std::string& worker_field() const noexcept { return worker_field_; }
    RedisConnection& connection() noexcept { return connection_; }
    RedisHandshake& handshake() noexcept { return handshake_; }
    Settings& settings() noexcept { return settings_; }
    Metrics& metrics() noexcept { return metrics_; }

    // Writes a line for each key whose settlements will not be sent any more, and one for each
    // day whose totals will not.
    void log_unsettled() const noexcept;

private:
    void prepare(ngx_event_t& event, ngx_event_handler_pt handler) noexcept;
    KeyCommits* key_commits(const KeyId& id);
    bool forget_one() noexcept;
    void flush();
    void give_up(Admission& admission);

    RedisConnection& connection_;
    RedisHandshake& handshake_;
    Settings& settings_;
    Metrics& metrics_;
    const ngx_msec_t timeout_;

    std::unordered_map<KeyId, std::unique_ptr<KeyCommits>> keys_;
    List<KeyCommits> turns_, pauses_, denied_, work_, idle_;
    Deadlines deadlines_;

    ngx_connection_t dummy_{};  // nginx asks every event for one
    ngx_event_t flush_{}, pause_timer_{}, denied_timer_{};
    std::string worker_field_;
    DayTotals totals_{*this};
    std::uint64_t last_sequence_ = 0, batch_us_ = 0;
    ngx_msec_t down_since_ms_ = 0, quitting_since_ms_ = 0;
    bool down_ = false, given_up_ = false;
};

}  // namespace mmx::gate
