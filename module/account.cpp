#include "account.hpp"

#include <algorithm>

#include "accounts.hpp"

namespace mmx {
namespace {

// Never a network list, so Redis answers it with the list that is in force.
constexpr std::string_view which_networks = "?";

Date to_date(std::string_view text) noexcept
{
    Date date{};
    std::copy_n(text.data(), std::min(text.size(), date.size()), date.begin());
    return date;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> words) noexcept
{
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.starts_with(word); });
}

Refusal refusal_of(CommitStatus status) noexcept
{
    switch (status) {
    case CommitStatus::day_exhausted: return Refusal::day_exhausted;
    case CommitStatus::month_exhausted: return Refusal::month_exhausted;
    case CommitStatus::disabled: return Refusal::key_disabled;
    case CommitStatus::expired: return Refusal::key_expired;
    case CommitStatus::unknown_key: return Refusal::unknown_key;
    case CommitStatus::granted:
    case CommitStatus::networks_differ:
    case CommitStatus::archive_needed:
    case CommitStatus::rotated:
    case CommitStatus::late: return Refusal::gateway_unavailable;
    }
    return Refusal::gateway_unavailable;
}

}  // namespace

Account::Account(Accounts& accounts, const KeyId& id) noexcept : accounts_(accounts), id_(id) {}

void Account::wait(Admission& admission) noexcept
{
    waiting_.push_back(admission.in_account);
}

void Account::add(const Date& date, Figure figure, std::int64_t delta)
{
    auto same = std::find_if(due_.begin(), due_.end(),
                             [&](const Settlement& due) { return due.date == date; });
    if (same == due_.end()) {
        same = due_.insert(due_.end(), Settlement{.date = date});
    }
    (*same)[figure] += delta;
}

bool Account::lately_granted(ngx_msec_t grace_ms) const noexcept
{
    return granted_ && ngx_current_msec - granted_ms_ <= grace_ms;
}

bool Account::allows(const Admission& admission) const noexcept
{
    return !networks_wrong_ && networks_.allow(admission.address());
}

void Account::commit()
{
    if (sent_) {
        return;
    }
    Settings& settings = accounts_.settings();
    if (!settings.known()) {
        return refuse_all(waiting_, Refusal::gateway_unavailable);
    }
    if (!settings.has_master()) {
        refuse_all(waiting_, Refusal::upstream_not_configured);
    }
    if (outstanding_) {
        Stats::add(accounts_.stats().commits_repeated);
    } else if (!form()) {
        return;
    }
    send("EVALSHA", accounts_.session().script_sha());
}

// Gathers what is pending into a commit. False when nothing is.
bool Account::form()
{
    day_ = accounts_.settings().today();
    now_ = accounts_.settings().now();
    if (denied_due_) {
        add(to_date(day_.date), Figure::denied, std::exchange(denied_, 0));
        denied_due_ = false;
    }
    if (waiting_.empty() && due_.empty()) {
        return false;
    }

    asked_ = 0;
    verifying_ = false;
    for (Admission* admission; asked_ < commit_asked_max && (admission = waiting_.front());) {
        // The list we know may be an old one: a refusal is only given on the one in force.
        verifying_ = verifying_ || !allows(*admission);
        members_.push_back(admission->in_account);
        ++asked_;
    }

    auto end =
        due_.begin() + static_cast<std::ptrdiff_t>(std::min(due_.size(), commit_settlements_max));
    settlements_.assign(due_.begin(), end);
    due_.erase(due_.begin(), end);

    months_.clear();
    auto name_month = [&](std::string_view month) {
        if (std::find(months_.begin(), months_.end(), month) == months_.end()) {
            months_.emplace_back(month);
        }
    };
    for (const Settlement& settlement : settlements_) {
        if (view(settlement.date) != day_.date) {
            name_month(view(settlement.date).substr(0, 7));
        }
    }
    if (!archived_month_.empty()) {
        name_month(archived_month_);
        name_month(day_.month());
    }

    touching_ = asked_ > 0 && now_ - touched_at_ >= touch_interval_s;
    sequence_ = accounts_.next_sequence();
    outstanding_ = true;
    again_ = false;
    error_replies_ = 0;
    return true;
}

void Account::send(std::string_view verb, std::string_view script)
{
    RedisConnection& connection = accounts_.connection();
    if (asked_ > 0 && now_ - user_read_at_ >= user_interval_s && !user_owed_) {
        resp::append_command(connection.output(),
                             {"HGET", redis_keys::about(id_), redis_keys::field::user});
        connection.expect(*this);
        user_owed_ = true;
    }

    append_commit(connection.output(), verb, script,
                  {.id = id_,
                   .worker_field = accounts_.worker_field(),
                   .sequence = sequence_,
                   .date = day_.date,
                   .now = now_,
                   .asked = asked_,
                   .again = again_,
                   .touch = touching_,
                   .networks = verifying_ ? which_networks : std::string_view(networks_text_),
                   .retention = accounts_.settings().retention_seconds(),
                   .archive_months = months_,
                   .settlements = settlements_});
    connection.expect(*this);
    sent_ = true;
    sent_us_ = accounts_.batch_us();
}

void Account::on_lost() noexcept
{
    user_owed_ = false;
    if (sent_) {
        sent_ = false;
        again_ = true;
        accounts_.take_turn(*this);
    }
}

void Account::on_reply(const resp::Reply& reply) noexcept
{
    ngx::guard(ngx_cycle->log, 0, [&] { return handle(reply), 0; });
}

void Account::handle(const resp::Reply& reply)
{
    if (user_owed_) {
        user_owed_ = false;
        unconfirmed_user_ = reply.type() == resp::Type::string ? reply.text(0) : "";
        return;
    }

    sent_ = false;
    if (!reply.error().empty()) {
        return on_error(reply.error());
    }
    auto answer = parse_commit_reply(reply);
    if (!answer || answer->sequence != sequence_) {
        // A reply that belongs to somebody else: nothing on this connection can be trusted.
        again_ = true;
        accounts_.take_turn(*this);
        return accounts_.connection().fail("answered out of step");
    }

    accounts_.stats().round_trips.note(round_trip_bounds_us, monotonic_us() - sent_us_);
    user_ = unconfirmed_user_;
    user_read_at_ = now_;
    resolve(*answer);
    accounts_.rest(*this);
}

// None of Redis' refusals is taken as proof that the commit did not run: it is repeated, under the
// same number, until its outcome is known.
void Account::on_error(std::string_view error)
{
    Stats::add(accounts_.stats().commit_errors);
    if (++error_replies_ >= error_replies_max) {
        return give_up(error);
    }
    if (error.starts_with("NOSCRIPT")) {
        return send("EVAL", accounts_.session().script_text());
    }

    again_ = true;
    if (starts_with_any(error, {"READONLY", "NOAUTH", "NOPERM", "WRONGPASS"})) {
        accounts_.take_turn(*this);
        return accounts_.connection().fail(error.substr(0, 200),
                                           error.starts_with("READONLY") ? 0 : refused_pause_ms);
    }
    if (!starts_with_any(error, {"LOADING", "BUSY", "MASTERDOWN", "NOREPLICAS", "OOM", "MISCONF",
                                 "TRYAGAIN", "CLUSTERDOWN"})) {
        // Something is wrong with this key's record: waiting would not mend it.
        refuse_all(members_, Refusal::gateway_unavailable);
        refuse_all(waiting_, Refusal::gateway_unavailable);
    }
    if (error_replies_ == 1) {
        ngx_str_t id = ngx::borrow(id_.view()), said = ngx::borrow(error.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: key %V: redis answers: %V", &id, &said);
    }
    accounts_.pause(*this);
}

void Account::resolve(const CommitReply& reply)
{
    outstanding_ = again_ = false;
    Stats& stats = accounts_.stats();
    stats.commits.note(commit_size_bounds, asked_);

    switch (reply.status) {
    case CommitStatus::networks_differ: return take_networks(reply.detail);
    case CommitStatus::archive_needed: archived_month_ = reply.detail; return put_back();
    case CommitStatus::rotated: return move_to(reply.detail, reply.grace_over);
    case CommitStatus::late: return give_up("overtaken by a later commit");
    case CommitStatus::granted:
    case CommitStatus::day_exhausted:
    case CommitStatus::month_exhausted:
    case CommitStatus::disabled:
    case CommitStatus::expired:
    case CommitStatus::unknown_key: break;
    }
    archived_month_.clear();
    settlements_.clear();
    if (touching_ && reply.granted > 0) {
        touched_at_ = now_;
    }
    answer_members(reply);
}

void Account::answer_members(const CommitReply& reply)
{
    Windows windows{.day_limit = reply.day_limit,
                    .day_used = reply.day_count,
                    .day_ends = day_.end,
                    .month_limit = reply.month_limit,
                    .month_used = reply.month_count,
                    .month_ends = day_.month_end};
    if (asked_ > 0) {
        granted_ = reply.status == CommitStatus::granted;
        granted_ms_ = ngx_current_msec;
    }
    admit_members(reply, windows);
    refuse_all(members_, refusal_of(reply.status), windows);
}

// The granted go to those who are still there, in order of arrival; what is left over goes back.
void Account::admit_members(const CommitReply& reply, Windows windows)
{
    const Date date = to_date(day_.date);
    std::int64_t left = reply.granted;
    for (Admission* admission; left > 0 && (admission = members_.front()); --left) {
        windows.day_used = reply.day_count - left + 1;
        windows.month_used = reply.month_count - left + 1;
        if (!user_.empty()) {
            admission->user = ngx::copy(admission->request()->pool, user_);
        }
        admission->admit(date, windows, false);
    }
    if (left > 0) {
        add(date, Figure::requests, -left);
        Stats::add(accounts_.stats().unused_grants, static_cast<std::uint64_t>(left));
    }
}

void Account::refuse_all(List<Admission>& list, Refusal refusal, const Windows& windows)
{
    std::int64_t refused = 0;
    for (; Admission* admission = list.front(); ++refused) {
        admission->refuse(refusal, windows);
    }
    bool of_the_key = refusal != Refusal::unknown_key && refusal != Refusal::gateway_unavailable &&
                      refusal != Refusal::upstream_not_configured;
    if (refused > 0 && of_the_key) {
        denied_ += refused;
        accounts_.note_denied(*this);
    }
}

void Account::take_networks(std::string_view text)
{
    networks_text_ = text;
    auto networks = Networks::parse(text);
    networks_wrong_ = !networks;
    networks_ = networks ? std::move(*networks) : Networks{};

    List<Admission> outside;
    List<Admission> inside;
    while (Admission* admission = members_.front()) {
        (allows(*admission) ? inside : outside).push_back(admission->in_account);
    }
    members_.take_to_front(inside);
    refuse_all(outside, Refusal::address_not_allowed);
    put_back();
}

// Nothing was written: what the commit carried is pending again, before all that came since.
void Account::put_back()
{
    waiting_.take_to_front(members_);
    for (const Settlement& settlement : std::exchange(settlements_, {})) {
        for (std::size_t i = 0; i < figure_count; ++i) {
            if (settlement.deltas[i] != 0) {
                add(settlement.date, static_cast<Figure>(i), settlement.deltas[i]);
            }
        }
    }
}

void Account::move_to(std::string_view text, bool grace_over)
{
    auto id = KeyId::parse(text);
    if (!id || *id == id_) {
        return give_up("its alias is no key id");
    }
    if (grace_over) {
        refuse_all(members_, Refusal::key_expired);
    }
    while (Admission* admission = members_.front()) {
        accounts_.move(*admission, *id);
    }
    for (const Settlement& settlement : std::exchange(settlements_, {})) {
        for (std::size_t i = 0; i < figure_count; ++i) {
            if (settlement.deltas[i] != 0) {
                accounts_.settle(*id, settlement.date, static_cast<Figure>(i),
                                 settlement.deltas[i]);
            }
        }
    }
}

// The commit will not be tried again. Its charge, if it made one, stands.
void Account::give_up(std::string_view why)
{
    ngx_str_t id = ngx::borrow(id_.view()), said = ngx::borrow(why.substr(0, 200));
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: key %V: commit given up: %V", &id, &said);
    log_unsettled();
    Stats::add(accounts_.stats().unsettled);
    outstanding_ = again_ = false;
    settlements_.clear();
    refuse_all(members_, Refusal::gateway_unavailable);
    accounts_.rest(*this);
}

void Account::log_unsettled() const noexcept
{
    for (const Settlement& settlement : settlements_) {
        log_settlement(settlement);
    }
    for (const Settlement& settlement : due_) {
        log_settlement(settlement);
    }
}

void Account::log_settlement(const Settlement& settlement) const noexcept
{
    ngx_str_t id = ngx::borrow(id_.view()), date = ngx::borrow(view(settlement.date));
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "mmx: unsettled: key %V, day %V: requests %L, refunds %L, denied %L, failed %L",
                  &id, &date, settlement.deltas[0], settlement.deltas[1], settlement.deltas[2],
                  settlement.deltas[3]);
}

}  // namespace mmx
