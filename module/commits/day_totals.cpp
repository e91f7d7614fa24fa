#include "commits/day_totals.hpp"

#include "lib/redis_refusal.hpp"
#include "lib/total_flush.hpp"

namespace mmx::gate {

DayTotals::DayTotals(Committing& worker, std::size_t keys_max) noexcept
    : worker_(worker), keys_max_(keys_max)
{
}

void DayTotals::note(const KeyId& id, std::uint64_t& named, const Date& date, std::int64_t granted,
                     const Settlements& settlements)
{
    if (granted == 0 && settlements.empty()) {
        return;
    }
    // A flush has one row for each date, whether or not something came by another key's alias.
    for (Settlement settlement : settlements.all()) {
        settlement.moves = 0;
        pending_.add(settlement);
    }
    name(id, named, date, granted);
}

void DayTotals::name(const KeyId& id, std::uint64_t& named, const Date& date, std::int64_t granted)
{
    pending_.add(date, Figure::requests, granted);  // names the date, where it adds nothing, too
    if (named != round_) {
        named = round_;
        if (touched_.size() < keys_max_) {
            touched_.push_back(id);
        } else {
            overrun_ = true;
        }
    }
    schedule();
}

void DayTotals::tally(const Date& date, std::string_view name, std::int64_t count,
                      std::int64_t time)
{
    pending_.add(date, Figure::requests, 0);  // names the date
    tallies_.add(date, name, count, time);
    schedule();
    worker_.update_needed();
}

// Sees to it that what is pending is sent in time. Where a flush is under way, its answer does.
void DayTotals::schedule()
{
    if (under_way_ || !pending()) {
        return;
    }
    if (ngx_exiting || touched_.size() >= totals_flush_keys) {
        return flush();
    }
    timer_.start_unless_running(totals_interval_ms);
}

void DayTotals::on_timer()
{
    if (!under_way_) {
        flush();
    } else if (!worker_.handshake.ready()) {
        worker_.update_needed();  // a quitting worker closed the connection: on_ready() goes on
    } else if (!sent_) {
        send("EVALSHA", worker_.handshake.total_script().sha);
    }
    worker_.connection.flush();
}

void DayTotals::on_ready()
{
    if (under_way_ && !sent_) {
        send("EVALSHA", worker_.handshake.total_script().sha);
    } else if (!timer_.running()) {
        flush();
    }
}

void DayTotals::flush()
{
    if (under_way_ || !pending()) {
        return;
    }
    if (!worker_.handshake.ready()) {
        return worker_.update_needed();  // on_ready() comes back here
    }
    timer_.stop();
    under_way_ = true;
    error_replies_ = 0;
    sequence_ = worker_.next_sequence();
    flushed_ = pending_.take();
    flushed_tallies_ = std::exchange(tallies_, {});
    flushed_keys_.swap(touched_);
    for (const KeyId& id : flushed_keys_) {
        flushed_spent_.push_back(worker_.tell_spent(id, sequence_));
    }
    ++round_;
    send("EVALSHA", worker_.handshake.total_script().sha);
}

void DayTotals::send(std::string_view verb, std::string_view script)
{
    std::string_view worker = worker_.worker_field;
    worker.remove_prefix(redis_keys::field::sequence_prefix.size());
    append_total_flush(worker_.connection.output(), verb, script,
                       {.worker = worker,
                        .sequence = sequence_,
                        .now = worker_.settings.now(),
                        .retention = worker_.settings.retention_seconds(),
                        .figures = flushed_.all(),
                        .tallies = flushed_tallies_.all(),
                        .touched = flushed_keys_,
                        .spent = flushed_spent_});
    worker_.connection.expect(*this);
    sent_ = true;
    worker_.update_needed();
}

void DayTotals::on_reply(const resp::Reply& reply) noexcept
{
    ngx::guard(ngx_cycle->log, 0, [&] { return handle(reply), 0; });
}

void DayTotals::handle(const resp::Reply& reply)
{
    sent_ = false;
    if (!reply.error().empty()) {
        return on_error(reply.error());
    }
    auto answer = parse_total_flush_reply(reply);
    if (!answer || answer->sequence != sequence_) {
        // It is sent again on the next connection.
        return worker_.connection.fail(RedisState::lost, "answered out of step");
    }
    worker_.answered();
    if (!answer->counted) {
        return give_up("nobody remembers whether they were written");
    }
    close();
}

// As with commits, no refusal is taken as proof that it did not run.
void DayTotals::on_error(std::string_view error)
{
    if (++error_replies_ >= totals_errors_max) {
        return give_up(error);
    }
    const RedisRefusal refusal = refusal_of(error);
    if (refusal == RedisRefusal::no_script) {
        return send("EVAL", worker_.handshake.total_script().text);
    }
    if (refusal == RedisRefusal::read_only) {
        return worker_.connection.fail(RedisState::replica, error.substr(0, 200));
    }
    if (error_replies_ == 1) {
        ngx_str_t said = ngx::borrow(error.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: totals: redis answers: %V", &said);
    }
    timer_.start_unless_running(ngx_exiting ? totals_quit_interval_ms : totals_interval_ms);
}

void DayTotals::give_up(std::string_view why)
{
    ngx_str_t said = ngx::borrow(why.substr(0, 200));
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: totals given up: %V", &said);
    log_lost(flushed_);
    close();
}

// The outcome of the flush is known, or will never be.
void DayTotals::close()
{
    if (std::exchange(overrun_, false)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: totals: more than %uz keys changed while they could not be named",
                      keys_max_);
    }
    under_way_ = false;
    for (const KeyId& id : flushed_keys_) {
        worker_.close_told(id);
    }
    flushed_.clear();
    flushed_tallies_.clear();
    flushed_keys_.clear();
    flushed_spent_.clear();
    schedule();
    worker_.update_needed();
}

void DayTotals::log_unsettled() const noexcept
{
    log_lost(flushed_);
    log_lost(pending_);
}

void DayTotals::log_lost(const Settlements& totals) noexcept
{
    for (const Settlement& day : totals.all()) {
        ngx_str_t date = ngx::borrow(view(day.date));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: totals not written: day %V: requests %L, refunds %L, denied %L, "
                      "failed %L",
                      &date, day.deltas[0], day.deltas[1], day.deltas[2], day.deltas[3]);
    }
}

}  // namespace mmx::gate
