#include "redis/handshake.hpp"

#include "lib/redis_refusal.hpp"

namespace mmx::gate {
namespace {

// What passes by itself, or when the server's place is taken by another: it says nothing of the
// command that it answers.
bool is_passing(std::string_view error) noexcept
{
    const RedisState said = state_said_by(error);
    return said == RedisState::loading || said == RedisState::replica ||
           refusal_of(error) == RedisRefusal::unwilling;
}

// A server that answers a command so does not know it, or will not have us use it.
bool is_withheld(std::string_view error) noexcept
{
    return refusal_of(error) == RedisRefusal::forbidden || error.starts_with("ERR");
}

}  // namespace

RedisHandshake::RedisHandshake(const RedisTarget& target, RedisConnection& connection,
                               Settings& settings, void* data, void (*ready)(void*) noexcept)
    : target_(target), connection_(connection), settings_(settings), data_(data), on_ready_(ready),
      password_(target)
{
    poll_timer_.set_cancelable(true);
}

void RedisHandshake::send(Step step, std::initializer_list<std::string_view> words)
{
    resp::append_command(connection_.output(), words);
    owe(step);
}

void RedisHandshake::owe(Step step)
{
    connection_.expect(*this);
    steps_.push_back(step);
}

void RedisHandshake::greet()
{
    end();  // it may have been closed unseen, when the worker was told to quit
    steps_.clear();
    if (!target_.user.empty()) {
        send(Step::auth, {"AUTH", target_.user, password_.view()});
    } else if (!password_.view().empty()) {
        send(Step::auth, {"AUTH", password_.view()});
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
        return reply.error().empty() ? void()
                                     : refuse(reply, "refuses the credentials", RedisState::auth);
    case Step::select:
        return reply.error().empty() ? void() : refuse(reply, "refuses the database");
    case Step::name: return;  // only for people who look at CLIENT LIST
    case Step::info: return on_info(reply);
    case Step::first_script: return on_first_script(reply);
    case Step::other_script:
        return reply.error().empty() ? void()
                                     : refuse(reply, "refuses the scripts", RedisState::script);
    case Step::last_script:
        return reply.error().empty() ? ask_settings()
                                     : refuse(reply, "refuses the scripts", RedisState::script);
    case Step::values:
        return settings_.refresh(reply) ? void() : refuse(reply, "refuses the settings");
    case Step::clock:
        if (!settings_.set_clock(reply)) {
            return refuse(reply, "refuses the time");
        }
        if (!ready_) {
            ready_ = true;
            connection_.greeted();
            password_.accepted();
            poll_timer_.start(poll_interval_ms);
            on_ready_(data_);
        }
        return;
    }
}

void RedisHandshake::on_info(const resp::Reply& reply)
{
    const bool silent = is_withheld(reply.error());
    if (reply.type() != resp::Type::string && !silent) {
        return refuse(reply, "does not say what it is");
    }

    ServerInfo server = silent ? ServerInfo{} : parse_server_info(reply.text(0));
    if (server.cluster) {
        return connection_.fail(RedisState::cluster,
                                "runs in cluster mode, which this version does not speak",
                                refused_pause_ms);
    }
    if (server.replica) {
        return connection_.fail(RedisState::replica, "is a replica and takes no writes");
    }
    if (!std::exchange(warned_, true) && ngx_worker == 0) {  // one worker's word is enough
        silent ? warn_of_silence(reply.error()) : warn_of(server);
    }

    scripts_.restart();
    offer_scripts();
}

void RedisHandshake::offer_scripts()
{
    scripts_.append_trial(connection_.output());
    owe(Step::first_script);
}

void RedisHandshake::on_first_script(const resp::Reply& reply)
{
    const std::string_view error = reply.error();
    if (!error.empty()) {
        if (is_passing(error) || !scripts_.next()) {
            return refuse(reply, "refuses the scripts", RedisState::script);
        }
        return offer_scripts();
    }
    const std::size_t others = scripts_.append_rest(connection_.output());
    for (std::size_t i = 0; i < others; ++i) {
        owe(i + 1 < others ? Step::other_script : Step::last_script);
    }
    if (others == 0) {
        ask_settings();
    }
}

void RedisHandshake::warn_of(const ServerInfo& server) const noexcept
{
    ngx_str_t name = ngx::borrow(target_.name);
    if (server.append_only_said && !server.append_only) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mmx: redis %V runs without an append-only file: if it is killed, counts are "
                      "lost and limits exceeded; set \"appendonly yes\"",
                      &name);
    }
    if (!server.eviction.empty() && server.eviction != "noeviction") {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "mmx: redis %V may evict counters when memory is short: set "
                      "\"maxmemory-policy noeviction\"",
                      &name);
    }
}

// A managed Redis may keep INFO to itself.
void RedisHandshake::warn_of_silence(std::string_view error) const noexcept
{
    ngx_str_t name = ngx::borrow(target_.name), said = ngx::borrow(error.substr(0, 200));
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "mmx: redis %V does not answer INFO (%V): see to it that it is no replica, keeps "
                  "an append-only file and evicts nothing",
                  &name, &said);
}

// Redis' own words name no credential.
void RedisHandshake::refuse(const resp::Reply& reply, const char* what,
                            RedisState otherwise) noexcept
{
    const std::string_view error = reply.error();
    const RedisState said = state_said_by(error);
    const RedisState state = said == RedisState::refused ? otherwise : said;
    const bool of_password = state == RedisState::auth && !error.starts_with("NOPERM");
    const bool passing = error.empty() || is_passing(error) || (of_password && password_.renew());
    std::string why(what);
    if (!error.empty()) {
        why.append(": ").append(error.substr(0, 200));
    }
    connection_.fail(state, why, passing ? 0 : refused_pause_ms);
}

}  // namespace mmx::gate
