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

}  // namespace

KeyCommits::KeyCommits(Committing& worker, DayTotals& totals, const KeyId& id) noexcept
    : worker_(worker), totals_(totals), id_(id)
{
}

bool KeyCommits::may_spend(const Admission& admission, std::uint64_t now_us)
{
    Settings& settings = worker_.settings;
    return credit_.spendable(now_us, worker_.leased_us(), settings.now()) &&
           settings.has_master() && facts_.allows(admission);
}

// The clock is read for each: after a pause of the process nginx' own is of before it.
bool KeyCommits::spend(Admission& admission)
{
    if (credit_.left() == 0 || !waiting_.empty() || !commit_.members.empty()) {
        return false;
    }
    const std::uint64_t now_us = monotonic_us();
    if (!may_spend(admission, now_us)) {
        return false;
    }
    admit_on_credit(admission, now_us);
    if (credit_.low() && !commit_.outstanding) {
        worker_.take_turn(*this);
    }
    return true;
}

void KeyCommits::admit_on_credit(Admission& admission, std::uint64_t now_us)
{
    const Date date = date_of(credit_.day());
    if (admission.counts) {
        if (entry_ != nullptr) {
            --entry_->stand().unspent;
        }
        credit_.spend(now_us);
        totals_.note(id_, totals_round_, date, 1, {});
        Metrics::add(worker_.metrics.credit_spent);
    } else {
        totals_.name(id_, totals_round_, date);
    }
    facts_.note_answer(true);
    admission.user = facts_.copy_user(admission.request()->pool);
    admission.admit(date, credit_.windows(), false);
}

// In order of arrival, as far as it goes. What cannot be spent any more must not be held by one who
// waits: it would wait for itself.
void KeyCommits::serve_waiting()
{
    if (credit_.left() == 0) {
        return;
    }
    const std::uint64_t now_us = monotonic_us();
    while (Admission* first = waiting_.front()) {
        if (!may_spend(*first, now_us)) {
            break;
        }
        admit_on_credit(*first, now_us);
    }
    Settings& settings = worker_.settings;
    if (!credit_.day().contains(settings.now()) ||
        (!waiting_.empty() && !credit_.spendable(now_us, worker_.leased_us(), settings.now()))) {
        set_aside(worker_.metrics.credit_lapsed);
    }
}

void KeyCommits::set_aside(Metrics::Counter& why)
{
    if (const std::int64_t left = credit_.set_aside(); left > 0) {
        back_.add(date_of(credit_.day()), Figure::requests, -left);
        Metrics::add(why, static_cast<std::uint64_t>(left));
    }
}

void KeyCommits::recall()
{
    commit_.stale = commit_.outstanding;
    set_aside(worker_.metrics.credit_recalled);
    only_back_ = true;
    if (busy()) {
        worker_.take_turn(*this);
    }
}

void KeyCommits::give_back_credit()
{
    set_aside(worker_.metrics.credit_idle);
    only_back_ = true;
    if (busy()) {
        worker_.take_turn(*this);
    }
}

TotalFlush::Spent KeyCommits::tell_spent(std::uint64_t flush) noexcept
{
    const std::int64_t spent = credit_.tell_spent(commit_.outstanding ? commit_.closes : 0);
    if (entry_ != nullptr && spent > 0) {
        LedgerEntry::Stand stand = entry_->stand();
        stand.spent = spent;
        stand.flush = flush;
        entry_->stand_at(stand);
    }
    return {spent, credit_.loan()};
}

void KeyCommits::close_told() noexcept
{
    const std::int64_t told = credit_.told();
    credit_.close_told();
    if (entry_ != nullptr && told > 0) {
        LedgerEntry::Stand stand = entry_->stand();
        stand.held = credit_.held() + moved_closes_;
        stand.spent = 0;
        entry_->stand_at(stand);
    }
}

void KeyCommits::take_back(const Settlements& back, std::int64_t closes, std::int64_t loan)
{
    back_.add(back);
    moved_loan_ = moved_closes_ > 0 ? std::min(moved_loan_, loan) : loan;
    moved_closes_ += closes;
    note_taken_back(back);
}

// At once: a commit that is under way here may take long, and the other key's line is free already.
void KeyCommits::note_taken_back(const Settlements& back) noexcept
{
    if (entry_ == nullptr) {
        entry_ = worker_.ledger.take(id_, worker_.last_sequence());
    }
    if (entry_ == nullptr) {
        return;
    }
    LedgerEntry::Stand stand = entry_->stand();
    for (const Settlement& settlement : back.all()) {
        stand.date = stand.unspent == 0 ? settlement.date : stand.date;
        stand.unspent -= settlement.date == stand.date ? settlement[Figure::requests] : 0;
    }
    stand.held = credit_.held() + moved_closes_;
    stand.loan = lowest_loan();
    entry_->stand_at(stand);
}

// Of two keys' loans the lower: what is written off of one is closed for neither.
std::int64_t KeyCommits::lowest_loan() const noexcept
{
    if (moved_closes_ == 0) {
        return credit_.loan();
    }
    return credit_.held() > 0 ? std::min(moved_loan_, credit_.loan()) : moved_loan_;
}

void KeyCommits::note_called_back(std::int64_t loan) noexcept
{
    if (holding_ && loan == hold_loan_ && called_us_ == 0) {
        called_us_ = monotonic_us();
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
    holding_ = holding_ && !waiting_.empty();
    const KeyCredit::Demand demand =
        credit_.demand(now_us, static_cast<std::int64_t>(waiting_.size()), worker_.credit);
    commit_.ask = asks(demand, now_us);
    commit_.closes = closes();
    commit_.loan = lowest_loan();
    if (waiting_.empty() && !gives_back() && due_.empty() && (commit_.ask == 0 || !credit_.low())) {
        return false;
    }

    credit_.formed(now_us, demand);
    commit_.form(worker_.next_sequence(), settings.today(), settings.now(), waiting_, due_, back_,
                 archived_month_);
    note_formed();
    if (commit_.ask > 0) {
        worker_.hear(*this);
    }
    commit_.about = commit_.checking && facts_.about_is_due(commit_.now);
    // The list we know may be an old one: a refusal is only given on the one in force.
    commit_.verifying =
        !commit_.members.all([this](const Admission& member) { return facts_.allows(member); });
    return true;
}

std::int64_t KeyCommits::asks(const KeyCredit::Demand& demand, std::uint64_t now_us) noexcept
{
    const bool only_back = std::exchange(only_back_, false) && waiting_.empty();
    if (!holding_) {
        return worker_.lends() && !only_back ? credit_.ask(demand) : 0;
    }
    const auto patience_us = static_cast<std::uint64_t>(worker_.credit.lease_us) + hold_slack_us;
    return called_us_ != 0 && now_us - called_us_ >= patience_us ? -hold_loan_ : 0;
}

void KeyCommits::note_formed() noexcept
{
    if (entry_ == nullptr) {
        entry_ = worker_.ledger.take(id_, worker_.last_sequence());
    }
    if (entry_ == nullptr) {
        return;
    }
    LedgerCommit formed{.sequence = commit_.sequence,
                        .date = date_of(commit_.day),
                        .asked = commit_.asked,
                        .ask = commit_.ask,
                        .back = 0,
                        .closes = commit_.closes,
                        .loan = commit_.loan,
                        .back_date = date_of(commit_.day)};
    for (const Settlement& settlement : commit_.returned.all()) {
        // Of more than one day only what another key left here after a rotation can be.
        if (formed.back == 0 || settlement.date == formed.back_date) {
            formed.back_date = settlement.date;
            formed.back -= settlement[Figure::requests];
        }
    }
    entry_->form(formed);
}

// granted: to those of its members who are still there; each takes its own.
void KeyCommits::note_answered(std::int64_t granted) noexcept
{
    if (entry_ == nullptr) {
        return;
    }
    const Date date = date_of(commit_.day);
    std::int64_t unspent = granted;
    unspent += date_of(credit_.day()) == date ? credit_.left() : 0;
    for (const Settlement& settlement : back_.all()) {
        unspent -= settlement.date == date ? settlement[Figure::requests] : 0;
    }
    entry_->answer({.unspent = unspent,
                    .held = credit_.held() + moved_closes_,
                    .loan = lowest_loan(),
                    .spent = credit_.told(),
                    .flush = entry_->stand().flush,
                    .date = date});
}

void KeyCommits::close_entry() noexcept
{
    if (entry_ != nullptr) {
        worker_.ledger.release(*std::exchange(entry_, nullptr));
    }
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
    if (++commit_.error_replies >= error_replies_max) {
        return give_up(error);
    }
    const RedisRefusal refusal = mmx::refusal_of(error);
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
    if (commit_.error_replies == 1) {
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
    take_credit(reply);
    note_answered(lets_in(reply.status) ? reply.granted : 0);
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

// A commit that was repeated may have been lent its credit long ago, and what was called back since
// is not known for certain: it holds from the first sending.
void KeyCommits::take_credit(const CommitReply& reply)
{
    if (reply.status == CommitStatus::unknown_key) {
        credit_.forget();
        back_.clear();
        moved_closes_ = 0;
        return;
    }
    close_credit();
    if (reply.floor > 0 && reply.floor >= credit_.loan() && credit_.held() > 0) {
        set_aside(worker_.metrics.credit_lapsed);
        credit_.forget();  // it was written off, and is nobody's to close
    }
    if (reply.lent > 0) {
        credit_.hold(reply.lent, reply.loan);
        Metrics::add(worker_.metrics.credit_lent, static_cast<std::uint64_t>(reply.lent));
    }
    if (commit_.stale && reply.lent > 0) {
        back_.add(date_of(commit_.day), Figure::requests, -reply.lent);
        Metrics::add(worker_.metrics.credit_recalled, static_cast<std::uint64_t>(reply.lent));
    } else if (reply.lent > 0) {
        credit_.lend(reply.lent, commit_.day, windows_of(reply),
                     reply.expires_at > 0 ? reply.expires_at - credit_ends_s : 0,
                     commit_.first_sent_us + static_cast<std::uint64_t>(worker_.credit.lease_us));
    }
    if (reply.status == CommitStatus::disabled || reply.status == CommitStatus::expired) {
        set_aside(worker_.metrics.credit_recalled);
    }
}

// What the commit closed is out no more, or was not out: whether it ran or not, it must not be
// closed twice.
void KeyCommits::close_credit() noexcept
{
    const std::int64_t moved = std::min(commit_.closes, moved_closes_);
    moved_closes_ -= moved;
    credit_.close(commit_.closes - moved);
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
        holding_ = false;
        refuse_all(commit_.members, refusal_of(reply.status), windows);
    }
    return admitted;
}

// Credit is called back before anybody is refused: once for all that was lent up to now, and again
// where more was lent since.
void KeyCommits::hold_rest(std::int64_t loan)
{
    const std::uint64_t now_us = monotonic_us();
    waiting_.take_to_front(commit_.members);
    if (!holding_ || loan != hold_loan_) {
        hold_loan_ = loan;
        calling_us_ = called_us_ = 0;
    }
    holding_ = true;
    const bool call_back = called_us_ == 0 && now_us - calling_us_ >= call_back_again_us;
    if (call_back) {
        calling_us_ = now_us;
    }
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
            if (entry_ != nullptr) {
                --entry_->stand().unspent;
            }
        }
        admission->user = facts_.copy_user(admission->request()->pool);
        admission->admit(date, windows, false);
    }
    commit_.members.take_to_front(left_over);
    if (left > 0) {
        back_.add(date, Figure::requests, -left);
        Metrics::add(worker_.metrics.unused_grants, static_cast<std::uint64_t>(left));
    }
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
    back_.add(std::exchange(commit_.returned, {}));
    note_answered(0);
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

// The record took the credit along: it is given back, and closed, there. What has been moved too
// often stays charged.
void KeyCommits::move_credit(const KeyId& id)
{
    set_aside(worker_.metrics.credit_recalled);
    back_.add(std::exchange(commit_.returned, {}));
    const std::int64_t loan = credit_.held() > 0 ? credit_.loan() : moved_loan_;
    const std::int64_t closes = credit_.forget() + std::exchange(moved_closes_, 0);
    const Settlements back = std::exchange(back_, {});
    Settlements moved;
    for (Settlement settlement : back.all()) {
        if (++settlement.moves <= moves_max) {
            moved.add(settlement);
        }
    }
    close_entry();
    if (closes > 0 || !moved.empty()) {
        worker_.give_back(id, moved, closes, loan);
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
    close_credit();
    commit_.close();
    commit_.settlements.clear();
    commit_.returned.clear();
    note_answered(0);
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
