#include "accounts.hpp"

#include <algorithm>

#include "config.hpp"

namespace mmx {
namespace {

// The smallest number of 16 digits: sequences are compared as text.
constexpr std::uint64_t sequence_min = 1000000000000000;

Accounts& of(ngx_event_t* event) noexcept
{
    return *static_cast<Accounts*>(static_cast<ngx_connection_t*>(event->data)->data);
}

}  // namespace

Accounts::Accounts(RedisConnection& connection, RedisSession& session, Settings& settings,
                   Stats& stats, ngx_msec_t timeout, std::string worker_field)
    : connection_(connection), session_(session), settings_(settings), stats_(stats),
      timeout_(timeout),
      deadlines_(timeout, this,
                 [](void* data, Admission& admission) noexcept {
                     auto& self = *static_cast<Accounts*>(data);
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
        while (Account* account = of(event).pauses_.front()) {
            account->in_pause.leave();
            of(event).take_turn(*account);
        }
    });
    prepare(denied_timer_, [](ngx_event_t* event) {
        while (Account* account = of(event).denied_.front()) {
            account->in_denied.leave();
            account->include_denied();
            of(event).take_turn(*account);
        }
    });
}

Accounts::~Accounts()
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

void Accounts::prepare(ngx_event_t& event, ngx_event_handler_pt handler) noexcept
{
    event.data = &dummy_;
    event.log = ngx_cycle->log;
    event.handler = handler;
}

void Accounts::join(Admission& admission)
{
    const LocationConfig& config = location_config(admission.request());
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    bool long_down = down_ && ngx_current_msec - down_since_ms_ >= timeout_;
    bool pointless = deadlines_.waiting() >= (down_ ? waiting_while_down_max : waiting_max) ||
                     connection_.full() || (allow && long_down);
    // Made for one that waits only: an account without anything to commit would stay for ever.
    Account* joined = pointless ? nullptr : account(admission.id);
    if (joined == nullptr) {
        return give_up(admission);
    }
    deadlines_.add(admission);
    stats_.show(stats_.waiting, deadlines_.waiting());
    joined->wait(admission);
    take_turn(*joined);
    connection_.wake();
}

void Accounts::move(Admission& admission, const KeyId& id)
{
    Account* target = account(id);
    if (target == nullptr) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }
    admission.id = id;
    target->wait(admission);
    take_turn(*target);
}

void Accounts::settle(const KeyId& id, const Settlement& settlement)
{
    Account* settled = account(id);
    if (settled == nullptr) {
        Stats::add(stats_.unsettled);
        ngx_str_t text = ngx::borrow(id.view());
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: unsettled: key %V: %uz keys are pending", &text, accounts_.size());
        return;
    }
    settled->due().add(settlement);
    take_turn(*settled);
    connection_.wake();
}

void Accounts::left() noexcept
{
    deadlines_.left();
    stats_.show(stats_.waiting, deadlines_.waiting());
}

// The account of a key, made when there is none. Null when too many keys are pending.
Account* Accounts::account(const KeyId& id)
{
    auto found = accounts_.find(id);
    if (found != accounts_.end()) {
        return found->second.get();
    }
    if (accounts_.size() >= accounts_max && !forget_one()) {
        return nullptr;
    }
    return accounts_.emplace(id, std::make_unique<Account>(*this, id)).first->second.get();
}

bool Accounts::forget_one() noexcept
{
    Account* oldest = idle_.front();
    if (oldest == nullptr) {
        return false;
    }
    accounts_.erase(KeyId(oldest->id()));
    return true;
}

// Its account commits at the end of this turn of the loop, or as soon as Redis is there.
void Accounts::take_turn(Account& account) noexcept
{
    account.in_idle.leave();
    if (!account.in_work.linked()) {
        work_.push_back(account.in_work);
        update_needed();
    }
    if (!account.in_turn.linked() && !account.in_pause.linked()) {
        turns_.push_back(account.in_turn);
    }
    if (!flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);
    }
}

void Accounts::pause(Account& account) noexcept
{
    account.in_turn.leave();
    pauses_.push_back(account.in_pause);
    if (!pause_timer_.timer_set) {
        ngx_add_timer(&pause_timer_, pause_after_error_ms);
    }
}

void Accounts::note_denied(Account& account) noexcept
{
    if (!account.in_denied.linked()) {
        denied_.push_back(account.in_denied);
    }
    if (ngx_exiting) {
        account.in_denied.leave();
        account.include_denied();
        return take_turn(account);
    }
    if (!denied_timer_.timer_set) {
        ngx_add_timer(&denied_timer_, denied_interval_ms);
    }
}

void Accounts::rest(Account& account) noexcept
{
    quitting_since_ms_ = 0;
    if (!turns_.empty() && !flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);  // a full buffer had stopped them
    }
    if (account.busy()) {
        return take_turn(account);
    }
    account.in_work.leave();
    update_needed();
    if (!account.in_denied.linked()) {
        idle_.push_back(account.in_idle);
    }
}

std::uint64_t Accounts::next_sequence() noexcept
{
    auto now = static_cast<std::uint64_t>(settings_.now_us());
    last_sequence_ = std::max({last_sequence_ + 1, now, sequence_min});
    return last_sequence_;
}

void Accounts::flush()
{
    if (!session_.ready()) {
        return;  // on_ready() comes back here
    }
    batch_us_ = monotonic_us();
    while (Account* account = turns_.front()) {
        if (connection_.full()) {
            break;  // the replies that make room end in rest(), and so here
        }
        account->in_turn.leave();
        account->commit();
        if (!account->busy()) {
            rest(*account);
        }
    }
    connection_.flush();
}

void Accounts::on_ready() noexcept
{
    down_ = false;
    totals_.on_ready();
    if (!flush_.posted) {
        ngx_post_event(&flush_, &ngx_posted_events);
    }
}

void Accounts::on_lost() noexcept
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

void Accounts::update_needed() noexcept
{
    connection_.set_needed((!work_.empty() || totals_.busy()) && !given_up_);
}

// Redis has not answered in time, or is known to be away.
void Accounts::give_up(Admission& admission)
{
    const LocationConfig& config = location_config(admission.request());
    auto found = accounts_.find(admission.id);
    bool allow = config.on_redis_error == static_cast<ngx_uint_t>(OnRedisError::allow);
    if (!allow || found == accounts_.end() || !settings_.known() || !settings_.has_master()) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }

    Account& account = *found->second;
    if (!account.facts().lately_granted(config.grace) || !account.facts().allows(admission)) {
        return admission.refuse(Refusal::gateway_unavailable, {});
    }
    const Date today = date_of(settings_.today());
    account.due().add(today, Figure::requests, 1);
    admission.user = account.facts().copy_user(admission.request()->pool);
    take_turn(account);
    admission.admit(today, {}, true);
}

void Accounts::log_unsettled() const noexcept
{
    for (const auto& [id, account] : accounts_) {
        account->log_unsettled();
    }
    totals_.log_unsettled();
}

}  // namespace mmx
