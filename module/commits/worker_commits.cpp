#include "commits/worker_commits.hpp"

#include <algorithm>

#include "config/config.hpp"

namespace mmx::gate {
namespace {

// The smallest number of 16 digits: sequences are compared as text.
constexpr std::uint64_t sequence_min = 1000000000000000;

WorkerCommits& of(ngx_event_t* event) noexcept
{
    return *static_cast<WorkerCommits*>(static_cast<ngx_connection_t*>(event->data)->data);
}

}  // namespace

WorkerCommits::WorkerCommits(RedisConnection& connection, RedisHandshake& handshake,
                             Settings& settings, Metrics& metrics, ngx_msec_t timeout,
                             std::string worker_field)
    : connection_(connection), handshake_(handshake), settings_(settings), metrics_(metrics),
      timeout_(timeout),
      deadlines_(timeout, this,
                 [](void* data, Admission& admission) noexcept {
                     auto& self = *static_cast<WorkerCommits*>(data);
                     ngx::guard(ngx_cycle->log, 0, [&] { return self.give_up(admission), 0; });
                 }),
      worker_field_(std::move(worker_field))
{
    dummy_.fd = -1;
    dummy_.data = this;
    prepare(flush_, [](ngx_event_t* event) {
        ngx::guard(ngx_cycle->log, 0, [&] { return of(event).flush(), 0; });
    });
    prepare(pause_timer_, [](ngx_event_t* event) {
        while (KeyCommits* key = of(event).pauses_.front()) {
            key->in_pause.leave();
            of(event).take_turn(*key);
        }
    });
    prepare(denied_timer_, [](ngx_event_t* event) {
        while (KeyCommits* key = of(event).denied_.front()) {
            key->in_denied.leave();
            key->include_denied();
            of(event).take_turn(*key);
        }
    });
}

WorkerCommits::~WorkerCommits()
{
    for (ngx_event_t* event : {&pause_timer_, &denied_timer_}) {
        if (event->timer_set) {
            ngx_del_timer(event);
        }
    }
    if (flush_.posted) {
        ngx_delete_posted_event(&flush_);
    }
}

void WorkerCommits::prepare(ngx_event_t& event, ngx_event_handler_pt handler) noexcept
{
    event.data = &dummy_;
    event.log = ngx_cycle->log;
    event.handler = handler;
}

void WorkerCommits::join(Admission& admission)
{
    const LocationConfig& config = location_config(admission.request());
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    bool long_down = down_ && ngx_current_msec - down_since_ms_ >= timeout_;
    bool pointless = deadlines_.waiting() >= (down_ ? waiting_while_down_max : waiting_max) ||
                     connection_.full() || (allow && long_down);
    // Made for one that waits only: a key without anything to commit would stay for ever.
    KeyCommits* joined = pointless ? nullptr : key_commits(admission.id);
    if (joined == nullptr) {
        return give_up(admission);
    }
    deadlines_.add(admission);
    metrics_.show(metrics_.waiting, deadlines_.waiting());
    joined->wait(admission);
    take_turn(*joined);
    connection_.wake();
}

void WorkerCommits::move(Admission& admission, const KeyId& id)
{
    KeyCommits* target = key_commits(id);
    if (target == nullptr) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }
    admission.id = id;
    target->wait(admission);
    take_turn(*target);
}

void WorkerCommits::settle(const KeyId& id, const Settlement& settlement)
{
    KeyCommits* settled = key_commits(id);
    if (settled == nullptr) {
        Metrics::add(metrics_.unsettled);
        ngx_str_t text = ngx::borrow(id.view());
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: unsettled: key %V: %uz keys are pending", &text, keys_.size());
        return;
    }
    settled->due().add(settlement);
    take_turn(*settled);
    connection_.wake();
}

void WorkerCommits::left() noexcept
{
    deadlines_.left();
    metrics_.show(metrics_.waiting, deadlines_.waiting());
}

// What is pending on a key, made when there is none. Null when too many keys are pending.
KeyCommits* WorkerCommits::key_commits(const KeyId& id)
{
    auto found = keys_.find(id);
    if (found != keys_.end()) {
        return found->second.get();
    }
    if (keys_.size() >= keys_remembered_max && !forget_one()) {
        return nullptr;
    }
    return keys_.emplace(id, std::make_unique<KeyCommits>(*this, id)).first->second.get();
}

bool WorkerCommits::forget_one() noexcept
{
    KeyCommits* oldest = idle_.front();
    if (oldest == nullptr) {
        return false;
    }
    keys_.erase(KeyId(oldest->id()));
    return true;
}

// It commits at the end of this turn of the loop, or as soon as Redis is there.
void WorkerCommits::take_turn(KeyCommits& key) noexcept
{
    key.in_idle.leave();
    if (!key.in_work.linked()) {
        work_.push_back(key.in_work);
        update_needed();
    }
    if (!key.in_turn.linked() && !key.in_pause.linked()) {
        turns_.push_back(key.in_turn);
    }
    if (!flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);
    }
}

void WorkerCommits::pause(KeyCommits& key) noexcept
{
    key.in_turn.leave();
    pauses_.push_back(key.in_pause);
    if (!pause_timer_.timer_set) {
        ngx_add_timer(&pause_timer_, pause_after_error_ms);
    }
}

void WorkerCommits::note_denied(KeyCommits& key) noexcept
{
    if (!key.in_denied.linked()) {
        denied_.push_back(key.in_denied);
    }
    if (ngx_exiting) {
        key.in_denied.leave();
        key.include_denied();
        return take_turn(key);
    }
    if (!denied_timer_.timer_set) {
        ngx_add_timer(&denied_timer_, denied_interval_ms);
    }
}

void WorkerCommits::rest(KeyCommits& key) noexcept
{
    quitting_since_ms_ = 0;
    if (!turns_.empty() && !flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);  // a full buffer had stopped them
    }
    if (key.busy()) {
        return take_turn(key);
    }
    key.in_work.leave();
    update_needed();
    if (!key.in_denied.linked()) {
        idle_.push_back(key.in_idle);
    }
}

std::uint64_t WorkerCommits::next_sequence() noexcept
{
    auto now = static_cast<std::uint64_t>(settings_.now_us());
    last_sequence_ = std::max({last_sequence_ + 1, now, sequence_min});
    return last_sequence_;
}

void WorkerCommits::flush()
{
    if (!handshake_.ready()) {
        return;  // on_ready() comes back here
    }
    batch_us_ = monotonic_us();
    while (KeyCommits* key = turns_.front()) {
        if (connection_.full()) {
            break;  // the replies that make room end in rest(), and so here
        }
        key->in_turn.leave();
        key->commit();
        if (!key->busy()) {
            rest(*key);
        }
    }
    connection_.flush();
}

void WorkerCommits::on_ready() noexcept
{
    down_ = false;
    totals_.on_ready();
    if (!flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);
    }
}

void WorkerCommits::on_lost() noexcept
{
    if (!down_) {
        down_ = true;
        down_since_ms_ = ngx_current_msec;
    }
    if (!ngx_exiting) {
        return;
    }
    // A worker that quits waits for Redis no longer than a request would.
    if (quitting_since_ms_ == 0) {
        quitting_since_ms_ = ngx_current_msec;
    } else if (ngx_current_msec - quitting_since_ms_ >= timeout_) {
        given_up_ = true;
        update_needed();
    }
}

void WorkerCommits::update_needed() noexcept
{
    connection_.set_needed((!work_.empty() || totals_.busy()) && !given_up_);
}

// Redis has not answered in time, or is known to be away.
void WorkerCommits::give_up(Admission& admission)
{
    const LocationConfig& config = location_config(admission.request());
    auto found = keys_.find(admission.id);
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    if (!allow || found == keys_.end() || !settings_.known() || !settings_.has_master()) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }

    KeyCommits& key = *found->second;
    if (!key.facts().lately_granted(config.grace) || !key.facts().allows(admission)) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }
    const Date today = date_of(settings_.today());
    key.due().add(today, Figure::requests, 1);
    admission.user = key.facts().copy_user(admission.request()->pool);
    take_turn(key);
    admission.admit(today, {}, true);
}

void WorkerCommits::log_unsettled() const noexcept
{
    for (const auto& [id, key] : keys_) {
        key->log_unsettled();
    }
    totals_.log_unsettled();
}

}  // namespace mmx::gate
