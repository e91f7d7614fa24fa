#pragma once

// What is said to Redis on a new connection before any commit, and once a second ever after:
// credentials, database, name, what kind of server it is, the scripts, its clock, the settings.

#include <cstdint>
#include <deque>
#include <string>

#include "base/settings.hpp"
#include "base/timer.hpp"
#include "lib/server_info.hpp"
#include "redis/connection.hpp"
#include "redis/password.hpp"
#include "redis/script_forms.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t poll_interval_ms = 1000;  // settings and clock are this fresh

class RedisHandshake final : public ReplyWaiter {
public:
    // ready is called when commits may be sent.
    RedisHandshake(const RedisTarget& target, RedisConnection& connection, Settings& settings,
                   void* data, void (*ready)(void* data) noexcept);
    RedisHandshake(const RedisHandshake&) = delete;
    RedisHandshake& operator=(const RedisHandshake&) = delete;

    void greet();         // on a new connection
    void end() noexcept;  // the connection was lost

    // The connection may also have gone unseen, as when the worker was told to quit.
    bool ready() const noexcept { return ready_ && connection_.connected(); }

    // As this server wants them.
    const ScriptForms::Script& commit_script() const noexcept { return scripts_.commit(); }
    const ScriptForms::Script& total_script() const noexcept { return scripts_.total(); }
    const ScriptForms::Script& recall_script() const noexcept { return scripts_.recall(); }

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override { steps_.clear(); }

private:
    enum class Step : std::uint8_t {
        auth,
        select,
        name,
        info,
        first_script,
        other_script,
        last_script,
        values,
        clock
    };

    void send(Step step, std::initializer_list<std::string_view> words);
    void owe(Step step);
    void ask_settings();
    void poll();
    void on_info(const resp::Reply& reply);
    void warn_of(const ServerInfo& server) const noexcept;
    void warn_of_silence(std::string_view error) const noexcept;
    void offer_scripts();
    void on_first_script(const resp::Reply& reply);
    void accept(Step step, const resp::Reply& reply);
    // otherwise: the state where Redis' words do not tell.
    void refuse(const resp::Reply& reply, const char* what,
                RedisState otherwise = RedisState::refused) noexcept;

    const RedisTarget& target_;
    RedisConnection& connection_;
    Settings& settings_;
    void* data_;
    void (*on_ready_)(void*) noexcept;

    std::deque<Step> steps_;  // replies owed
    ScriptForms scripts_;
    RedisPassword password_;
    Timer poll_timer_ = Timer::calling<&RedisHandshake::poll>(*this);
    bool ready_ = false, warned_ = false;
};

}  // namespace mmx::gate
