#pragma once

// What is said to the simulated Redis before any commit: stands before module/redis/handshake.hpp.
// The scripts, and once a second the real settings and clock; what else that says concerns
// servers of other kinds.

#include <cstdint>
#include <deque>
#include <string>

#include "base/settings.hpp"
#include "base/timer.hpp"
#include "redis/connection.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t poll_interval_ms = 1000;

class ScriptForms {
public:
    struct Script {
        std::string text;
        std::string sha;
    };
};

class RedisHandshake final : public ReplyWaiter {
public:
    struct Scripts {
        ScriptForms::Script commit, total, recall;
    };

    RedisHandshake(const Scripts& scripts, RedisConnection& connection, Settings& settings,
                   void* data, void (*ready)(void* data) noexcept);
    RedisHandshake(const RedisHandshake&) = delete;
    RedisHandshake& operator=(const RedisHandshake&) = delete;

    void greet();
    void end() noexcept;
    bool ready() const noexcept { return ready_ && connection_.connected(); }

    const ScriptForms::Script& commit_script() const noexcept { return scripts_.commit; }
    const ScriptForms::Script& total_script() const noexcept { return scripts_.total; }
    const ScriptForms::Script& recall_script() const noexcept { return scripts_.recall; }

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override { steps_.clear(); }

private:
    enum class Step : std::uint8_t { script, values, clock };

    void owe(Step step);
    void ask_settings();
    void poll();
    void accept(Step step, const resp::Reply& reply);

    const Scripts& scripts_;
    RedisConnection& connection_;
    Settings& settings_;
    void* data_;
    void (*on_ready_)(void*) noexcept;

    std::deque<Step> steps_;
    Timer poll_timer_ = Timer::calling<&RedisHandshake::poll>(*this);
    bool ready_ = false;
};

}  // namespace mmx::gate
