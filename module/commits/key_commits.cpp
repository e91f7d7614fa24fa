#include "commits/key_commits.hpp"

#include <algorithm>

#include "lib/redis_refusal.hpp"

namespace mmx::gate {
namespace {

// Why a commit with that outcome did not grant all that was asked.
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
    case CommitStatus::late:
    case CommitStatus::spoiled:
    case CommitStatus::hold: return Refusal::gateway_unavailable;
    }
    return Refusal::gateway_unavailable;
}

// Whether the key itself is good; what its limits leave is another matter.
bool lets_in(CommitStatus status) noexcept
{
    return status == CommitStatus::granted || status == CommitStatus::day_exhausted ||
           status == CommitStatus::month_exhausted || status == CommitStatus::hold;
}

// Whether all keys get that answer.
bool is_of_redis(RedisRefusal refusal) noexcept
{
    return refusal == RedisRefusal::loading || refusal == RedisRefusal::busy ||
           refusal == RedisRefusal::unwilling;
}

}  // namespace

KeyCommits::KeyCommits(Committing& worker, DayTotals& totals, const KeyId& id) noexcept
    : worker_(worker), totals_(totals), id_(id), credit_(worker, id_)
{
}

bool KeyCommits::may_spend(const Admission& admission, std::uint64_t now_us)
{
    return credit_.spendable(now_us) && worker_.settings.has_master() && facts_.allows(admission);
}

bool KeyCommits::spend(Admission& admission)
{
    if (credit().left() == 0 || !waiting_.empty() || !commit_.members.empty()) {
        return false;
    }
    const std::uint64_t now_us = monotonic_us();
    if (!may_spend(admission, now_us)) {
        return false;
    }
    admit_on_credit(admission, now_us);
    if (credit().low() && !commit_.outstanding) {
        worker_.take_turn(*this);
    }
    return true;
}

void KeyCommits::admit_on_credit(Admission& admission, std::uint64_t now_us)
{
    const Date date = date_of(credit().day());
    if (admission.counts) {
        credit_.spend(now_us);
    }
    totals_.name(id_, totals_round_, date, admission.counts ? 1 : 0);
    facts_.note_answer(true);
    admission.user = facts_.copy_user(admission.request()->pool);
    admission.admit(date, credit().windows(), false);
}

// In order of arrival, as far as it goes. What cannot be spent any more must not be held by one who
// waits: it would wait for itself.
void KeyCommits::serve_waiting()
{
    if (credit().left() == 0) {
        return;
    }
    const std::uint64_t now_us = monotonic_us();
    while (Admission* first = waiting_.front()) {
        if (!may_spend(*first, now_us)) {
            break;
        }
        admit_on_credit(*first, now_us);
    }
    credit_.set_aside_lapsed(!waiting_.empty(), now_us);
}

void KeyCommits::recall()
{
    commit_.stale = commit_.outstanding;
    credit_.set_aside(worker_.metrics.credit_recalled);
    only_back_ = true;
    if (busy()) {
        worker_.take_turn(*this);
    }
}

void KeyCommits::give_back_credit()
{
    credit_.set_aside(worker_.metrics.credit_idle);
    only_back_ = true;
    if (busy()) {
        worker_.take_turn(*this);
    }
}

void KeyCommits::commit()
{
    if (commit_.sent) {
        return;
    }
    Settings& settings = worker_.settings;
    if (!settings.known()) {
        return refuse_all(waiting_, Refusal::gateway_unavailable);
    }
    if (!settings.has_master()) {
        refuse_all(commit_.members, Refusal::upstream_not_configured);
        refuse_all(waiting_, Refusal::upstream_not_configured);
    }
    if (commit_.outstanding) {
        Metrics::add(worker_.metrics.commits_repeated);
    } else if (!form()) {
        return;
    }
    send("EVALSHA", worker_.handshake.commit_script().sha);
}

// Gathers what is pending into a commit. False when nothing is.
bool KeyCommits::form()
{
    Settings& settings = worker_.settings;
    make_denied_due();
    serve_waiting();
    const std::uint64_t now_us = monotonic_us();
    if (waiting_.empty()) {
        hold_.end();
    }
    const KeyCredit::Demand demand = credit_.demand(now_us, waiting_.size());
    commit_.ask = ask(demand, now_us);
    commit_.closes = credit_.closes();
    commit_.loan = credit_.loan();
    commit_.since = credit_.since();
    if (waiting_.empty() && !credit_.gives_back() && due_.empty() &&
        (commit_.ask == 0 || !credit().low())) {
        return false;
    }

    List<Admission> later;
    const bool verifying = set_apart(later);
    commit_.form(worker_.next_sequence(), settings.today(), settings.now(), waiting_, due_,
                 credit_.back(), archived_month_);
    waiting_.take_to_front(later);
    credit_.formed(now_us, demand, commit_);
    if (commit_.ask > 0) {
        worker_.hear(*this);
    }
    commit_.about = commit_.checking && facts_.about_is_due(commit_.now);
    commit_.verifying = verifying;
    return true;
}

// Whom the network list lets in that we know, and whom it does not, are asked for in turns: it may
// be an old one, so a refusal is only given on the one in force, which a commit that admits cannot
// ask for. Returns whether those that are left are to be verified.
bool KeyCommits::set_apart(List<Admission>& later) noexcept
{
    const auto allowed = [this](const Admission& waits) { return facts_.allows(waits); };
    if (waiting_.all(allowed)) {
        return false;
    }
    List<Admission> insiders, outsiders;
    while (Admission* first = waiting_.front()) {
        (allowed(*first) ? insiders : outsiders).push_back(first->in_key_commits);
    }
    const bool verifying = insiders.empty() || outsiders_next_;
    outsiders_next_ = !verifying;
    waiting_.take_to_front(verifying ? outsiders : insiders);
    later.take_to_front(verifying ? insiders : outsiders);
    return verifying;
}

std::int64_t KeyCommits::ask(const KeyCredit::Demand& demand, std::uint64_t now_us) noexcept
{
    const bool only_back = std::exchange(only_back_, false) && waiting_.empty();
    if (hold_.lasts()) {
        return -hold_.written_off(now_us);
    }
    return worker_.lends() && !only_back ? credit().ask(demand) : 0;
}

void KeyCommits::note_denied(Refusal refusal, std::int64_t count)
{
    const auto same = std::find_if(denied_.begin(), denied_.end(),
                                   [&](const Denied& denied) { return denied.refusal == refusal; });
    if (same != denied_.end()) {
        same->count += count;
    } else {
        denied_.push_back({refusal, count});
    }
    worker_.note_denied(*this);
}

void KeyCommits::make_denied_due()
{
    if (!std::exchange(denied_due_, false)) {
        return;
    }
    const Date today = date_of(worker_.settings.today());
    for (const Denied& denied : std::exchange(denied_, {})) {
        due_.add(today, Figure::denied, denied.count);
        totals_.tally(
            today,
            std::string(redis_keys::denied_prefix).append(counted_word(counted_as(denied.refusal))),
            denied.count, 0);
    }
}

void KeyCommits::send(std::string_view verb, std::string_view script)
{
    RedisConnection& connection = worker_.connection;
    commit_.append(connection.output(), verb, script, id_, worker_.worker_field, facts_.networks(),
                   worker_.settings);
    connection.expect(*this);
    commit_.sent = true;
    commit_.sent_us = worker_.batch_us;
    if (commit_.first_sent_us == 0) {
        commit_.first_sent_us = worker_.batch_us;
    }
}

void KeyCommits::on_lost() noexcept
{
    if (!commit_.sent) {
        return;
    }
    commit_.sent = false;
    ngx::guard(ngx_cycle->log, 0, [&] { return repeat(), 0; });
}

void KeyCommits::on_unreadable() noexcept
{
    ++commit_.unreadable_replies;
}

// On the next connection, unless it is this commit's answer that ends one after the other.
void KeyCommits::repeat()
{
    commit_.again = true;
    if (commit_.unreadable_replies < unreadable_replies_max) {
        return worker_.take_turn(*this);
    }
    give_up("its answer cannot be read");
}

void KeyCommits::on_reply(const resp::Reply& reply) noexcept
{
    ngx::guard(ngx_cycle->log, 0, [&] { return handle(reply), 0; });
}

void KeyCommits::handle(const resp::Reply& reply)
{
    commit_.sent = false;
    if (!reply.error().empty()) {
        return on_error(reply.error());
    }
    auto answer = parse_commit_reply(reply);
    if (!answer || answer->sequence != commit_.sequence) {
        // A reply that belongs to somebody else: nothing on this connection can be trusted.
        if (!answer) {
            on_unreadable();
        }
        repeat();
        return worker_.connection.fail(RedisState::lost, "answered out of step");
    }

    worker_.metrics.round_trips.note(round_trip_bounds_us, monotonic_us() - commit_.sent_us);
    resolve(*answer);
    worker_.rest(*this);
}

// None of Redis' refusals is taken as proof that the commit did not run: it is repeated, under the
// same number, until its outcome is known.
void KeyCommits::on_error(std::string_view error)
{
    Metrics::add(worker_.metrics.commit_errors);
    const RedisRefusal refusal = mmx::refusal_of(error);
    // Credit that goes back can wait for a Redis that takes nothing from anybody.
    const bool can_wait = only_gives_back() && is_of_redis(refusal);
    if (++commit_.error_replies >= error_replies_max && !can_wait) {
        return give_up(error);
    }
    if (refusal == RedisRefusal::no_script) {
        return send("EVAL", worker_.handshake.commit_script().text);
    }

    commit_.again = true;
    switch (refusal) {
    case RedisRefusal::read_only:
    case RedisRefusal::credentials:
    case RedisRefusal::forbidden:
        worker_.take_turn(*this);
        return worker_.connection.fail(state_said_by(error), error.substr(0, 200),
                                       refusal == RedisRefusal::read_only ? 0 : refused_pause_ms);
    case RedisRefusal::loading:
    case RedisRefusal::busy:
    case RedisRefusal::unwilling:
    case RedisRefusal::no_script: break;
    case RedisRefusal::other:
        // Something is wrong with this key's record: waiting would not mend it.
        refuse_all(commit_.members, Refusal::gateway_unavailable);
        refuse_all(waiting_, Refusal::gateway_unavailable);
    }
    if (commit_.error_replies == 1 && (!is_of_redis(refusal) || worker_.may_log_refusal())) {
        ngx_str_t id = ngx::borrow(id_.view()), said = ngx::borrow(error.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: key %V: redis answers: %V", &id, &said);
    }
    worker_.pause(*this);
}

void KeyCommits::resolve(const CommitReply& reply)
{
    commit_.close();
    facts_.note_existence(reply.status != CommitStatus::unknown_key);
    worker_.metrics.commits.note(commit_size_bounds, commit_.asked);

    switch (reply.status) {
    case CommitStatus::networks_differ: return take_networks(reply.detail);
    case CommitStatus::archive_needed:
        if (!is_month(reply.detail)) {
            return give_up("its record has no date that could be archived");
        }
        archived_month_ = reply.detail;
        return put_back();
    case CommitStatus::rotated: return move_to(reply.detail, reply.grace_over);
    case CommitStatus::late: return give_up("overtaken by a later commit");
    case CommitStatus::spoiled:
        return give_up(std::string("its record's ").append(reply.detail) += " is none");
    case CommitStatus::hold:
    case CommitStatus::granted:
    case CommitStatus::day_exhausted:
    case CommitStatus::month_exhausted:
    case CommitStatus::disabled:
    case CommitStatus::expired:
    case CommitStatus::unknown_key: break;
    }
    archived_month_.clear();
    if (reply.user) {
        facts_.note_user(*reply.user, commit_.now);
    }
    credit_.take(reply, commit_, windows_of(reply));
    credit_.answered(lets_in(reply.status) ? reply.granted : 0, commit_.day);
    const std::int64_t admitted = answer_members(reply);
    if (reply.status != CommitStatus::unknown_key) {
        // The totals of all keys are the sum of what their records became.
        const std::int64_t withheld = withhold(commit_.settlements.all(), reply.withheld);
        Metrics::add(worker_.metrics.refunds_withheld, static_cast<std::uint64_t>(withheld));
        totals_.note(id_, totals_round_, date_of(commit_.day), admitted, commit_.settlements);
        // Use that is not counted, too: whoever looks after keys goes by it.
        if (lets_in(reply.status) && commit_.checking) {
            totals_.name(id_, totals_round_, date_of(commit_.day));
        }
    }
    commit_.settlements.clear();
    commit_.returned.clear();
}

// What the reply says was admitted so far, this commit's own included. Credit that is out with
// others counts when they have spent it.
Windows KeyCommits::windows_of(const CommitReply& reply) const noexcept
{
    return {reply.day_limit,
            std::max<std::int64_t>(reply.day_count - reply.out, 0),
            commit_.day.end,
            reply.month_limit,
            std::max<std::int64_t>(reply.month_count - reply.out, 0),
            commit_.day.month_end};
}

// Returns how many took what was granted.
std::int64_t KeyCommits::answer_members(const CommitReply& reply)
{
    const Windows windows = windows_of(reply);
    if (commit_.asked > 0 && reply.status != CommitStatus::hold) {
        facts_.note_answer(reply.status == CommitStatus::granted);
    }
    const std::int64_t admitted = lets_in(reply.status) ? admit_members(reply.granted, windows) : 0;
    if (reply.status == CommitStatus::hold) {
        hold_rest(reply.loan);
    } else {
        hold_.end();
        refuse_all(commit_.members, refusal_of(reply.status), windows);
    }
    return admitted;
}

// Credit is called back before anybody is refused.
void KeyCommits::hold_rest(std::int64_t loan)
{
    waiting_.take_to_front(commit_.members);
    const bool call_back = hold_.begin(loan, monotonic_us());
    worker_.hold(*this, call_back ? loan : 0);
}

// The granted go to those who are still there, in order of arrival; what is left over goes back.
std::int64_t KeyCommits::admit_members(std::int64_t granted, Windows windows)
{
    const Date date = date_of(commit_.day);
    const Windows after = windows;
    std::int64_t left = granted;
    List<Admission> left_over;
    while (Admission* admission = commit_.members.front()) {
        if (admission->counts && left == 0) {
            left_over.push_back(admission->in_key_commits);
            continue;
        }
        windows.day_used = after.day_used - left + (admission->counts ? 1 : 0);
        windows.month_used = after.month_used - left + (admission->counts ? 1 : 0);
        if (admission->counts) {
            --left;
            credit_.take_grant();
        }
        admission->user = facts_.copy_user(admission->request()->pool);
        admission->admit(date, windows, false);
    }
    commit_.members.take_to_front(left_over);
    credit_.return_grants(date, left);
    return granted - left;
}

void KeyCommits::refuse_all(List<Admission>& list, Refusal refusal, const Windows& windows)
{
    std::int64_t refused = 0;
    for (; Admission* admission = list.front(); ++refused) {
        admission->user = facts_.copy_user(admission->request()->pool);
        admission->refuse(refusal, windows);
    }
    bool of_the_key = refusal != Refusal::unknown_key && refusal != Refusal::gateway_unavailable &&
                      refusal != Refusal::upstream_not_configured;
    if (refused > 0 && of_the_key) {
        note_denied(refusal, refused);
    }
}

void KeyCommits::take_networks(std::string_view text)
{
    if (const std::string fault = facts_.set_networks(text); !fault.empty()) {
        ngx_str_t id = ngx::borrow(id_.view()), why = ngx::borrow(fault);
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: key %V: its network list lets nobody in: %V", &id, &why);
    }
    List<Admission> inside, outside;
    while (Admission* admission = commit_.members.front()) {
        (facts_.allows(*admission) ? inside : outside).push_back(admission->in_key_commits);
    }
    commit_.members.take_to_front(inside);
    refuse_all(outside, Refusal::address_not_allowed);
    put_back();
}

// Nothing was written: what the commit carried is pending again, before all that came since.
void KeyCommits::put_back()
{
    waiting_.take_to_front(commit_.members);
    due_.add(std::exchange(commit_.settlements, {}));
    credit_.put_back(commit_);
}

// Two records that name each other would have it come and go for ever.
void KeyCommits::move_to(std::string_view text, bool grace_over)
{
    auto id = KeyId::parse(text);
    if (!id || *id == id_) {
        return give_up("its alias is no key id");
    }
    totals_.name(id_, totals_round_, date_of(commit_.day));
    if (grace_over) {
        refuse_all(commit_.members, Refusal::key_expired);
    }
    List<Admission> astray;
    while (Admission* admission = commit_.members.front()) {
        if (++admission->moves > moves_max) {
            astray.push_back(admission->in_key_commits);
        } else {
            worker_.move(*admission, *id);
        }
    }
    move_credit(*id);
    const Settlements settlements = std::exchange(commit_.settlements, {});
    Settlements lost;
    for (Settlement settlement : settlements.all()) {
        if (++settlement.moves > moves_max) {
            lost.add(settlement);
        } else {
            worker_.settle(*id, settlement);
        }
    }
    if (!astray.empty() || !lost.empty()) {
        commit_.members.take_to_front(astray);
        commit_.settlements = lost;
        give_up("its alias leads to another, and so on");
    }
}

void KeyCommits::move_credit(const KeyId& id)
{
    const MovedCredit moved = credit_.move(commit_);
    if (moved.closes > 0 || !moved.back.empty()) {
        worker_.give_back(id, moved);
    }
}

// The commit will not be tried again. Its charge, if it made one, stands.
void KeyCommits::give_up(std::string_view why)
{
    if (commit_.now - given_up_at_ >= giving_up_logged_s) {
        given_up_at_ = commit_.now;
        ngx_str_t id = ngx::borrow(id_.view()), said = ngx::borrow(why.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "mmx: key %V: commit given up: %V", &id,
                      &said);
    }
    log_unsettled(commit_.settlements);
    Metrics::add(worker_.metrics.unsettled);
    commit_.close();
    commit_.settlements.clear();
    commit_.returned.clear();
    credit_.give_up(commit_);
    refuse_all(commit_.members, Refusal::gateway_unavailable);
    worker_.rest(*this);
}

void KeyCommits::log_unsettled() const noexcept
{
    log_unsettled(commit_.settlements);
    log_unsettled(due_);
}

void KeyCommits::log_unsettled(const Settlements& lost) const noexcept
{
    ngx_str_t id = ngx::borrow(id_.view());
    for (const Settlement& settlement : lost.all()) {
        ngx_str_t date = ngx::borrow(view(settlement.date));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: unsettled: key %V, day %V: requests %L, refunds %L, denied %L, "
                      "failed %L",
                      &id, &date, settlement.deltas[0], settlement.deltas[1], settlement.deltas[2],
                      settlement.deltas[3]);
    }
}

}  // namespace mmx::gate
