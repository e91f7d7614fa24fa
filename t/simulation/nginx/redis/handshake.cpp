#include "redis/handshake.hpp"

namespace mmx::gate {

RedisHandshake::RedisHandshake(const Scripts& scripts, RedisConnection& connection,
                               Settings& settings, void* data, void (*ready)(void*) noexcept)
    : scripts_(scripts), connection_(connection), settings_(settings), data_(data), on_ready_(ready)
{
    poll_timer_.set_cancelable(true);
}

void RedisHandshake::owe(Step step)
{
    connection_.expect(*this);
    steps_.push_back(step);
}

void RedisHandshake::greet()
{
    end();
    steps_.clear();
    for (const ScriptForms::Script* script :
         {&scripts_.commit, &scripts_.total, &scripts_.recall}) {
        resp::append_command(connection_.output(), {"SCRIPT", "LOAD", script->text});
        owe(Step::script);
    }
    ask_settings();
}

void RedisHandshake::end() noexcept
{
    ready_ = false;
    poll_timer_.stop();
}

void RedisHandshake::ask_settings()
{
    Settings::append_poll(connection_.output());
    owe(Step::values);
    owe(Step::clock);
}

void RedisHandshake::poll()
{
    if (steps_.empty() && connection_.connected()) {
        ask_settings();
        connection_.flush();
    }
    poll_timer_.start(poll_interval_ms);
}

void RedisHandshake::on_reply(const resp::Reply& reply) noexcept
{
    if (steps_.empty()) {
        return;
    }
    const Step step = steps_.front();
    steps_.pop_front();
    ngx::guard(ngx_cycle->log, 0, [&] { return accept(step, reply), 0; });
}

void RedisHandshake::accept(Step step, const resp::Reply& reply)
{
    if (!reply.error().empty()) {
        return connection_.fail(state_said_by(reply.error()), "refuses the greeting");
    }
    switch (step) {
    case Step::script: return;
    case Step::values: return void(settings_.refresh(reply));
    case Step::clock:
        settings_.set_clock(reply);
        if (!ready_) {
            ready_ = true;
            connection_.greeted();
            poll_timer_.start(poll_interval_ms);
            on_ready_(data_);
        }
    }
}

}  // namespace mmx::gate
