#include "commits/worker_commits.hpp"

#include <algorithm>
#include <utility>

#include "config/config.hpp"

namespace mmx::gate {

WorkerCommits::WorkerCommits(RedisConnection& to_redis, RedisHandshake& greeting, Settings& known,
                             Metrics& counters, const CreditTerms& terms, LedgerMemory* memory,
                             std::size_t keys_max, ngx_msec_t timeout, std::string worker)
    : Committing(to_redis, greeting, known, counters, terms, memory, std::move(worker)),
      timeout_(timeout), keys_max_(keys_max), totals_(*this, keys_max),
      recalls_(
          *this,
          {.data = this,
           .holds =
               [](void* data) noexcept {
                   const auto& self = *static_cast<WorkerCommits*>(data);
                   return !self.credit_.empty() && !self.given_up_;
               },
           .recall =
               [](void* data, const KeyId& id) noexcept {
                   static_cast<WorkerCommits*>(data)->recall(id);
               },
           .recall_all =
               [](void* data) noexcept { static_cast<WorkerCommits*>(data)->recall_all(); },
           .called_back =
               [](void* data, const KeyId& id, std::int64_t loan, std::int64_t lease_us) noexcept {
                   static_cast<WorkerCommits*>(data)->note_called_back(id, loan, lease_us);
               }}),
      deadlines_(timeout, counters, this, [](void* data, Admission& admission) noexcept {
          auto& self = *static_cast<WorkerCommits*>(data);
          // One that stays undecided would be given up again and again.
          if (!ngx::guard(ngx_cycle->log, false, [&] { return self.give_up(admission), true; })) {
              admission.refuse(Refusal::gateway_unavailable, {});
          }
      })
{
    idle_timer_.set_cancelable(true);
}

void WorkerCommits::join(Admission& admission)
{
    auto found = keys_.find(admission.id);
    if (found != keys_.end() && found->second->spend(admission)) {
        return;
    }
    const LocationConfig& config = location_config(admission.request());
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    bool long_down = down_ && ngx_current_msec - down_since_ms_ >= timeout_;
    bool pointless = deadlines_.waiting() >= (down_ ? waiting_while_down_max : waiting_max) ||
                     connection.full() || (allow && long_down);
    // Made for one that waits only: a key without anything to commit would stay for ever.
    KeyCommits* joined = pointless ? nullptr : key_commits(admission.id);
    if (joined == nullptr) {
        return give_up(admission);
    }
    deadlines_.begin(admission.deadline);
    joined->wait(admission);
    take_turn(*joined);
    connection.wake();
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
        Metrics::add(metrics.unsettled);
        ngx_str_t text = ngx::borrow(id.view());
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: unsettled: key %V: %uz keys are pending", &text, keys_.size());
        return;
    }
    settled->due().add(settlement);
    take_turn(*settled);
    connection.wake();
}

void WorkerCommits::note_rejection(const Date& date, int status, int code)
{
    Metrics::add(metrics.account_rejections);
    totals_.tally(date,
                  std::string(redis_keys::account_prefix)
                      .append(std::to_string(status))
                      .append(":")
                      .append(std::to_string(code)),
                  1, settings.now());
    connection.wake();
    flush_.post();
}

// What is pending on a key, made when there is none. Null when too many keys are pending.
KeyCommits* WorkerCommits::key_commits(const KeyId& id)
{
    auto found = keys_.find(id);
    if (found != keys_.end()) {
        return found->second.get();
    }
    make_room();
    if (keys_.size() >= keys_max_ && !forget_one()) {
        return nullptr;
    }
    Committing& self = *this;
    return keys_.emplace(id, std::make_unique<KeyCommits>(self, totals_, id)).first->second.get();
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
    const bool only_gives_back = key.only_gives_back();
    if (!key.in_pause.linked() && (!key.in_turn.linked() || !only_gives_back)) {
        (only_gives_back ? returns_ : turns_).push_back(key.in_turn);
    }
    flush_.post();
}

void WorkerCommits::pause(KeyCommits& key) noexcept
{
    key.in_turn.leave();
    pauses_.push_back(key.in_pause);
    pause_timer_.start_unless_running(pause_after_error_ms);
}

void WorkerCommits::hear(KeyCommits& key) noexcept
{
    if (!key.in_credit.linked()) {
        key.looked_at_us = batch_us;
        credit_.push_back(key.in_credit);
        metrics.show(metrics.credit_keys, credit_.size());
        idle_timer_.start_unless_running(idle_interval_ms());
    }
    ngx::guard(ngx_cycle->log, 0, [&] { return recalls_.begin(), 0; });
}

void WorkerCommits::hold(KeyCommits& key, std::int64_t loan) noexcept
{
    if (loan > 0) {
        ngx::guard(ngx_cycle->log, 0, [&] { return recalls_.call_back(key.id(), loan), 0; });
    }
    key.in_turn.leave();
    holds_.push_back(key.in_pause);
    hold_timer_.start_unless_running(hold_step_ms);
}

void WorkerCommits::end_holds()
{
    List<KeyCommits> ended;
    ended.take_to_front(holds_);
    while (KeyCommits* key = ended.front()) {
        key->in_pause.leave();
        take_turn(*key);
    }
}

void WorkerCommits::give_back(const KeyId& id, const MovedCredit& moved)
{
    if (KeyCommits* key = key_commits(id); key != nullptr) {
        key->take_back(moved);
        take_turn(*key);
    }
}

TotalFlush::Spent WorkerCommits::tell_spent(const KeyId& id, std::uint64_t flush) noexcept
{
    auto found = keys_.find(id);
    return found != keys_.end() ? found->second->tell_spent(flush) : TotalFlush::Spent{};
}

void WorkerCommits::close_told(const KeyId& id) noexcept
{
    auto found = keys_.find(id);
    if (found == keys_.end()) {
        return;
    }
    KeyCommits& key = *found->second;
    key.close_told();
    if (key.in_credit.linked() && !key.holds_credit() && !key.busy()) {
        rest(key);
    }
}

void WorkerCommits::recall(const KeyId& id) noexcept
{
    if (auto found = keys_.find(id); found != keys_.end()) {
        ngx::guard(ngx_cycle->log, 0, [&] { return found->second->recall(), 0; });
    }
}

void WorkerCommits::note_called_back(const KeyId& id, std::int64_t loan,
                                     std::int64_t lease_us) noexcept
{
    if (auto found = keys_.find(id); found != keys_.end()) {
        found->second->note_called_back(loan, lease_us);
    }
}

void WorkerCommits::recall_all() noexcept
{
    credit_.all([](KeyCommits& key) {
        ngx::guard(ngx_cycle->log, 0, [&] { return key.recall(), 0; });
        return true;
    });
}

// Where as many keys as may hold credit do, who was looked at longest ago gives
// it back, before a new key would find no place.
void WorkerCommits::make_room() noexcept
{
    if (credit_.size() < credit_keys_max()) {
        return;
    }
    if (KeyCommits* oldest = credit_.front()) {
        credit_.push_back(oldest->in_credit);
        oldest->looked_at_us = monotonic_us();
        ngx::guard(ngx_cycle->log, 0, [&] { return oldest->give_back_credit(), 0; });
    }
}

// Credit of keys that nobody has asked for in the whole horizon goes back.
void WorkerCommits::look_for_idle_credit()
{
    const std::uint64_t now_us = monotonic_us();
    const auto horizon_us = static_cast<std::uint64_t>(credit.horizon_us);
    std::size_t looked_at = 0;
    for (KeyCommits* key; (key = credit_.front()) != nullptr && looked_at < looked_at_max;
         ++looked_at) {
        if (now_us - key->looked_at_us < horizon_us / 4) {
            break;
        }
        key->looked_at_us = now_us;
        credit_.push_back(key->in_credit);
        if (now_us - key->credit().used_us() >= horizon_us) {
            key->give_back_credit();
        }
    }
    if (!credit_.empty()) {
        idle_timer_.start(looked_at == looked_at_max ? ngx_msec_t{1} : idle_interval_ms());
    }
}

void WorkerCommits::end_pauses()
{
    while (KeyCommits* key = pauses_.front()) {
        key->in_pause.leave();
        take_turn(*key);
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
    denied_timer_.start_unless_running(denied_interval_ms);
}

void WorkerCommits::include_denied()
{
    while (KeyCommits* key = denied_.front()) {
        key->in_denied.leave();
        key->include_denied();
        take_turn(*key);
    }
}

void WorkerCommits::rest(KeyCommits& key) noexcept
{
    quitting_since_ms_ = 0;
    returning_ -= std::exchange(key.returning, false) ? 1 : 0;
    if (!turns_.empty() || !returns_.empty()) {
        flush_.post();  // a full buffer had stopped them, or their number
    }
    if (key.busy()) {
        return take_turn(key);
    }
    key.in_work.leave();
    update_needed();
    if (key.holds_credit()) {
        return;
    }
    key.close_credit();
    if (key.in_credit.linked()) {
        key.in_credit.leave();
        metrics.show(metrics.credit_keys, credit_.size());
    }
    if (key.in_denied.linked()) {
        return;
    }
    // What strangers make up is forgotten first, or it would push out whom grace depends on.
    if (key.facts().exists()) {
        idle_.push_back(key.in_idle);
    } else {
        idle_.push_front(key.in_idle);
    }
}

void WorkerCommits::flush()
{
    if (!handshake.ready()) {
        // on_ready() comes back here. A worker that quits had its idle connection closed by nginx,
        // and is to make a new one for what is pending.
        return update_needed();
    }
    batch_us = monotonic_us();
    while (KeyCommits* key = turns_.front()) {
        if (connection.full()) {
            break;  // the replies that make room end in rest(), and so here
        }
        commit(*key);
    }
    // Thousands may have to give back at once, after a connection was lost: whoever waits goes
    // first.
    while (KeyCommits* key = returns_.front()) {
        if (connection.full() || (returning_ >= returning_max && !key->returning)) {
            break;
        }
        returning_ += std::exchange(key->returning, true) ? 0 : 1;
        commit(*key);
    }
    connection.flush();
}

void WorkerCommits::commit(KeyCommits& key)
{
    key.in_turn.leave();
    key.commit();
    if (!key.busy()) {
        rest(key);
    }
}

void WorkerCommits::on_ready() noexcept
{
    down_ = false;
    // First of all: what was called back meanwhile is known before the commits are answered.
    ngx::guard(ngx_cycle->log, 0, [&] { return recalls_.on_ready(), 0; });
    totals_.on_ready();
    ngx::guard(ngx_cycle->log, 0, [&] { return bequests_.on_ready(), 0; });
    flush_.post();
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
    connection.set_needed((!work_.empty() || totals_.busy()) && !given_up_);
}

// Redis has not answered in time, or is known to be away.
void WorkerCommits::give_up(Admission& admission)
{
    const LocationConfig& config = location_config(admission.request());
    auto found = keys_.find(admission.id);
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    if (!allow || found == keys_.end() || !settings.known() || !settings.has_master()) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }

    KeyCommits& key = *found->second;
    if (!key.facts().lately_granted(config.grace) || !key.facts().allows(admission)) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }
    const Date today = date_of(settings.today());
    if (admission.counts) {
        key.due().add(today, Figure::requests, 1);
    }
    admission.user = key.facts().copy_user(admission.request()->pool);
    take_turn(key);
    admission.admit(today, {}, true);
}

WorkerCommits::CreditLeft WorkerCommits::credit_left(const KeyId& id) const noexcept
{
    const auto found = keys_.find(id);
    if (found == keys_.end() || found->second->credit().left() == 0) {
        return {};
    }
    const KeyCredit& of_key = found->second->credit();
    return {of_key.left(), date_of(of_key.day()),
            of_key.leased(monotonic_us(), recalls_.leased_us())};
}

void WorkerCommits::log_unsettled() const noexcept
{
    for (const auto& [id, key] : keys_) {
        key->log_unsettled();
    }
    totals_.log_unsettled();
}

}  // namespace mmx::gate
