#include "redis/handshake.hpp"

#include "lib/scripts/scripts.hpp"

namespace mmx::gate {

RedisHandshake::RedisHandshake(const RedisTarget& target, RedisConnection& connection,
                               Settings& settings, void* data, void (*ready)(void*) noexcept)
    : target_(target), connection_(connection), settings_(settings), data_(data), on_ready_(ready)
{
    poll_timer_.set_cancelable(true);
}

void RedisHandshake::send(Step step, std::initializer_list<std::string_view> words)
{
    resp::append_command(connection_.output(), words);
    connection_.expect(*this);
    steps_.push_back(step);
}

void RedisHandshake::greet()
{
    end();  // it may have been closed unseen, when the worker was told to quit
    steps_.clear();
    if (!target_.user.empty()) {
        send(Step::auth, {"AUTH", target_.user, target_.password.view()});
    } else if (!target_.password.empty()) {
        send(Step::auth, {"AUTH", target_.password.view()});
    }
    if (target_.database != "0") {
        send(Step::select, {"SELECT", target_.database});
    }
    send(Step::name, {"CLIENT", "SETNAME", "mmx-gate"});
    send(Step::info, {"INFO"});
}

void RedisHandshake::end() noexcept
{
    ready_ = false;
    poll_timer_.stop();
}

void RedisHandshake::ask_settings()
{
    Settings::append_poll(connection_.output());
    for (Step step : {Step::values, Step::clock}) {
        connection_.expect(*this);
        steps_.push_back(step);
    }
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
        return;  // of a greeting that was given up
    }
    Step step = steps_.front();
    steps_.pop_front();
    ngx::guard(ngx_cycle->log, 0, [&] { return accept(step, reply), 0; });
}

void RedisHandshake::accept(Step step, const resp::Reply& reply)
{
    switch (step) {
    case Step::auth:
        return reply.error().empty() ? void() : refuse(reply, "refuses the credentials");
    case Step::select:
        return reply.error().empty() ? void() : refuse(reply, "refuses the database");
    case Step::name: return;  // only for people who look at CLIENT LIST
    case Step::info: return on_info(reply);
    case Step::commit_script: return loaded(reply, commit_script_);
    case Step::total_script: return loaded(reply, total_script_);
    case Step::values:
        return settings_.refresh(reply) ? void() : refuse(reply, "refuses the settings");
    case Step::clock:
        if (!settings_.set_clock(reply)) {
            return refuse(reply, "refuses the time");
        }
        if (!ready_) {
            ready_ = true;
            connection_.greeted();
            poll_timer_.start(poll_interval_ms);
            on_ready_(data_);
        }
        return;
    }
}

void RedisHandshake::on_info(const resp::Reply& reply)
{
    // A user without the right to INFO is served as an old Redis would be.
    bool forbidden = reply.error().starts_with("NOPERM");
    if (reply.type() != resp::Type::string && !forbidden) {
        return refuse(reply, "does not say what it is");
    }

    ServerInfo server = forbidden ? ServerInfo{} : parse_server_info(reply.text(0));
    if (server.cluster) {
        return connection_.fail("runs in cluster mode, which this version does not speak",
                                refused_pause_ms);
    }
    if (server.replica) {
        return connection_.fail("is a replica and takes no writes");
    }
    if (!forbidden && !warned_) {
        warn_of(server);
        warned_ = true;
    }

    const bool flags = server.version_major >= 7;
    load(Step::commit_script, commit_script_, scripts::commit, flags);
    load(Step::total_script, total_script_, scripts::total, flags);
    ask_settings();
}

void RedisHandshake::load(Step step, Script& script, std::string_view text, bool flags)
{
    script.text = flags ? scripts::allow_oom : std::string_view{};
    script.text += text;
    send(step, {"SCRIPT", "LOAD", script.text});
}

void RedisHandshake::loaded(const resp::Reply& reply, Script& script)
{
    if (reply.type() != resp::Type::string) {
        return refuse(reply, "refuses the script");
    }
    script.sha = reply.text(0);
}

void RedisHandshake::warn_of(const ServerInfo& server) const noexcept
{
    if (ngx_worker != 0) {
        return;  // one worker's word is enough
    }
    ngx_str_t name = ngx::borrow(target_.name);
    if (!server.append_only) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mmx: redis %V runs without an append-only file: if it is killed, counts are "
                      "lost and limits exceeded; set \"appendonly yes\"",
                      &name);
    }
    if (server.eviction != "noeviction") {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mmx: redis %V may evict counters when memory is short: set "
                      "\"maxmemory-policy noeviction\"",
                      &name);
    }
}

// Redis' own words name no credential.
void RedisHandshake::refuse(const resp::Reply& reply, const char* what) noexcept
{
    std::string_view error = reply.error();
    bool passing = error.starts_with("LOADING") || error.starts_with("BUSY") ||
                   error.starts_with("MASTERDOWN") || error.empty();
    std::string why(what);
    if (!error.empty()) {
        why.append(": ").append(error.substr(0, 200));
    }
    connection_.fail(why, passing ? 0 : refused_pause_ms);
}

}  // namespace mmx::gate
