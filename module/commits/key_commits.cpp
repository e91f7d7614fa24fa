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
    case CommitStatus::spoiled: return Refusal::gateway_unavailable;
    }
    return Refusal::gateway_unavailable;
}

// Whether the key itself is good; what its limits leave is another matter.
bool lets_in(CommitStatus status) noexcept
{
    return status == CommitStatus::granted || status == CommitStatus::day_exhausted ||
           status == CommitStatus::month_exhausted;
}

}  // namespace

KeyCommits::KeyCommits(Committing& worker, DayTotals& totals, const KeyId& id) noexcept
    : worker_(worker), totals_(totals), id_(id)
{
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
    if (waiting_.empty() && due_.empty()) {
        return false;
    }

    commit_.form(worker_.next_sequence(), settings.today(), settings.now(), waiting_, due_,
                 archived_month_);
    commit_.about = commit_.checking && facts_.about_is_due(commit_.now);
    // The list we know may be an old one: a refusal is only given on the one in force.
    commit_.verifying =
        !commit_.members.all([this](const Admission& member) { return facts_.allows(member); });
    return true;
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
    answer_members(reply);
    if (reply.status != CommitStatus::unknown_key) {
        // The totals of all keys are the sum of what their records became.
        const std::int64_t withheld = withhold(commit_.settlements.all(), reply.withheld);
        Metrics::add(worker_.metrics.refunds_withheld, static_cast<std::uint64_t>(withheld));
        totals_.note(id_, totals_round_, date_of(commit_.day), reply.granted, commit_.settlements);
        // Use that is not counted, too: whoever looks after keys goes by it.
        if (lets_in(reply.status)) {
            totals_.name(id_, totals_round_, date_of(commit_.day));
        }
    }
    commit_.settlements.clear();
}

void KeyCommits::answer_members(const CommitReply& reply)
{
    const Windows windows{reply.day_limit,   reply.day_count,   commit_.day.end,
                          reply.month_limit, reply.month_count, commit_.day.month_end};
    if (commit_.asked > 0) {
        facts_.note_answer(reply.status == CommitStatus::granted);
    }
    if (lets_in(reply.status)) {
        admit_members(reply, windows);
    }
    refuse_all(commit_.members, refusal_of(reply.status), windows);
}

// The granted go to those who are still there, in order of arrival; what is left over goes back.
void KeyCommits::admit_members(const CommitReply& reply, Windows windows)
{
    const Date date = date_of(commit_.day);
    std::int64_t left = reply.granted;
    List<Admission> left_over;
    while (Admission* admission = commit_.members.front()) {
        if (admission->counts && left == 0) {
            left_over.push_back(admission->in_key_commits);
            continue;
        }
        windows.day_used = reply.day_count - left + (admission->counts ? 1 : 0);
        windows.month_used = reply.month_count - left + (admission->counts ? 1 : 0);
        left -= admission->counts ? 1 : 0;
        admission->user = facts_.copy_user(admission->request()->pool);
        admission->admit(date, windows, false);
    }
    commit_.members.take_to_front(left_over);
    if (left > 0) {
        due_.add(date, Figure::requests, -left);
        Metrics::add(worker_.metrics.unused_grants, static_cast<std::uint64_t>(left));
    }
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
