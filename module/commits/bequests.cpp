#include "commits/bequests.hpp"

#include <algorithm>
#include <utility>

#include "commits/commit_under_way.hpp"
#include "lib/redis_refusal.hpp"
#include "lib/total_flush.hpp"

namespace mmx::gate {

// One line of the ledger, until nothing of it is left. Whatever ends this process as well leaves
// the line as exact as it was found.
class Bequests::Heir final : public ReplyWaiter {
public:
    Heir(Bequests& owner, LedgerEntry& entry) noexcept : owner_(owner), entry_(entry) {}

    bool done() const noexcept { return done_; }
    bool sent() const noexcept { return sent_; }
    bool at_work_on(const KeyId& id) const noexcept
    {
        return !done_ && entry_.under_way() && entry_.id == id;
    }

    // Sends what is to be sent next, unless its answer is awaited.
    void go_on();

    void on_reply(const resp::Reply& reply) noexcept override;
    void on_lost() noexcept override { sent_ = false; }

private:
    void form();
    void form_again();
    void send(std::string_view verb, std::string_view script);
    void handle(const resp::Reply& reply);
    void on_error(std::string_view error);
    void take(const CommitReply& reply);
    void finish() noexcept
    {
        done_ = true;
        entry_.free();
    }

    Bequests& owner_;
    LedgerEntry& entry_;
    std::string archived_month_;  // asked for by the last answer
    bool sent_ = false, done_ = false;
    bool repeated_ = true;  // it may have run already
    int errors_ = 0, moves_ = 0;
};

// Whether it ran nobody can say, so it is repeated: either it did, and this does nothing, or it
// never will. Its totals, of one second at most, are lost then.
class Bequests::LastFlush final : public ReplyWaiter {
public:
    LastFlush(Bequests& owner, std::uint64_t sequence) noexcept : owner_(owner), sequence_(sequence)
    {
    }

    bool known() const noexcept { return known_; }
    bool sent() const noexcept { return sent_; }
    void go_on()
    {
        if (!sent_ && !known_) {
            send("EVALSHA", owner_.worker_.handshake.total_script().sha);
        }
    }

    void on_reply(const resp::Reply& reply) noexcept override
    {
        sent_ = false;
        ngx::guard(ngx_cycle->log, 0, [&] { return handle(reply), 0; });
    }
    void on_lost() noexcept override { sent_ = false; }

private:
    void send(std::string_view verb, std::string_view script);
    void handle(const resp::Reply& reply);
    void close();

    Bequests& owner_;
    const std::uint64_t sequence_;
    bool sent_ = false, known_ = false;
    int errors_ = 0;
};

void Bequests::LastFlush::send(std::string_view verb, std::string_view script)
{
    Committing& worker = owner_.worker_;
    std::vector<KeyId> ids;
    std::vector<TotalFlush::Spent> spent;
    for (LedgerEntry* entry : owner_.bequest_->entries()) {
        const LedgerEntry::Stand& stand = entry->stand();
        if (stand.spent > 0 && stand.flush == sequence_) {
            ids.push_back(entry->id);
            spent.push_back({stand.spent, stand.loan, stand.since});
        }
    }
    std::string_view name = owner_.bequest_->worker_field();
    name.remove_prefix(std::min(redis_keys::field::sequence_prefix.size(), name.size()));
    append_total_flush(worker.connection.output(), verb, script,
                       {.worker = name,
                        .sequence = sequence_,
                        .now = worker.settings.now(),
                        .retention = worker.settings.retention_seconds(),
                        .figures = {},
                        .tallies = {},
                        .touched = ids,
                        .spent = spent});
    worker.connection.expect(*this);
    sent_ = true;
}

void Bequests::LastFlush::handle(const resp::Reply& reply)
{
    if (refusal_of(reply.error()) == RedisRefusal::no_script && errors_++ == 0) {
        return send("EVAL", owner_.worker_.handshake.total_script().text);
    }
    if (!reply.error().empty() && ++errors_ < heir_errors_max) {
        return;  // it is sent again with the next look
    }
    close();
    owner_.go_on();
}

void Bequests::LastFlush::close()
{
    known_ = true;
    for (LedgerEntry* entry : owner_.bequest_->entries()) {
        LedgerEntry::Stand stand = entry->stand();
        stand.held = std::max<std::int64_t>(stand.held - stand.spent, 0);
        stand.spent = 0;
        entry->stand_at(stand);
    }
}

Bequests::Bequests(Committing& worker) noexcept : worker_(worker)
{
    timer_.set_cancelable(true);
}

Bequests::~Bequests() = default;

void Bequests::on_ready()
{
    look();
}

void Bequests::look()
{
    timer_.start(bequest_ == nullptr ? bequests_interval_ms : bequest_pause_ms);
    if (ngx_exiting) {
        return leave();
    }
    if (!worker_.handshake.ready()) {
        return;
    }
    if (bequest_ == nullptr) {
        bequest_ = worker_.ledger.next_bequest();
        flush_.reset();
        next_ = 0;
        repeating_ = true;
    }
    go_on();
    worker_.connection.flush();
}

// Others see to the rest, unless an answer is awaited.
void Bequests::leave()
{
    const bool awaits = (flush_ != nullptr && flush_->sent()) ||
                        std::ranges::any_of(heirs_, [](const auto& heir) { return heir->sent(); });
    if (!awaits) {
        heirs_.clear();
        flush_.reset();
        bequest_.reset();
    }
}

void Bequests::go_on()
{
    if (bequest_ == nullptr || !flush_is_known()) {
        return;
    }
    const auto entries = bequest_->entries();
    const auto done = [](const auto& heir) { return heir->done(); };
    for (;;) {
        std::erase_if(heirs_, done);
        for (; heirs_.size() < heirs_max && next_ < entries.size(); ++next_) {
            if (!repeating_ || entries[next_]->under_way()) {
                heirs_.push_back(std::make_unique<Heir>(*this, *entries[next_]));
            }
        }
        for (const auto& heir : heirs_) {
            heir->go_on();
        }
        if (std::ranges::any_of(heirs_, done)) {
            continue;  // others take their places
        }
        if (!heirs_.empty()) {
            return;
        }
        if (!std::exchange(repeating_, false)) {
            break;
        }
        next_ = 0;
    }
    if (!entries.empty()) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "mmx: a worker died: what it held of %uz keys was given back",
                      entries.size());
    }
    bequest_.reset();
}

bool Bequests::at_work_on(const KeyId& id) const noexcept
{
    return std::ranges::any_of(heirs_, [&](const auto& heir) { return heir->at_work_on(id); });
}

std::uint64_t Bequests::next_number() noexcept
{
    const std::uint64_t number = std::max(worker_.next_sequence(), bequest_->last() + 1);
    bequest_->note(number);
    return number;
}

bool Bequests::flush_is_known()
{
    if (flush_ == nullptr) {
        std::uint64_t sequence = 0;
        for (LedgerEntry* entry : bequest_->entries()) {
            const LedgerEntry::Stand& stand = entry->stand();
            sequence = stand.spent > 0 ? std::max(sequence, stand.flush) : sequence;
        }
        if (sequence == 0) {
            return true;
        }
        flush_ = std::make_unique<LastFlush>(*this, sequence);
    }
    flush_->go_on();
    return flush_->known();
}

void Bequests::Heir::go_on()
{
    if (sent_ || done_) {
        return;
    }
    if (!entry_.under_way()) {
        done_ = owner_.repeating_;
        if (done_ || owner_.at_work_on(entry_.id)) {
            return;
        }
        form();
    }
    if (done_) {
        return;
    }
    send("EVALSHA", owner_.worker_.handshake.commit_script().sha);
}

// All that is left goes back.
void Bequests::Heir::form()
{
    const LedgerEntry::Stand& stand = entry_.stand();
    if (stand.unspent <= 0 && stand.held <= 0) {
        return finish();
    }
    repeated_ = false;
    entry_.form({.sequence = owner_.next_number(),
                 .date = date_of(owner_.worker_.settings.today()),
                 .asked = 0,
                 .ask = 0,
                 .back = std::max<std::int64_t>(stand.unspent, 0),
                 .closes = std::max<std::int64_t>(stand.held, 0),
                 .loan = stand.loan,
                 .since = stand.since,
                 .back_date = stand.date});
}

// The same under another number: the last one is known to have done nothing, and will never.
void Bequests::Heir::form_again()
{
    LedgerCommit commit = entry_.commit;
    commit.sequence = owner_.next_number();
    entry_.form(commit);
    repeated_ = false;
}

// The network list is not asked after: nobody is let in by what is granted, all of it goes back.
void Bequests::Heir::send(std::string_view verb, std::string_view script)
{
    Committing& worker = owner_.worker_;
    const LedgerCommit& commit = entry_.commit;
    const bool of_today = commit.back_date == commit.date;
    std::vector<Settlement> returned;
    std::vector<std::string> months;
    const auto name = [&](std::string_view month) {
        if (std::find(months.begin(), months.end(), month) == months.end()) {
            months.emplace_back(month);
        }
    };
    if (!of_today && commit.back > 0) {
        Settlement& settlement = returned.emplace_back(Settlement{.date = commit.back_date});
        settlement[Figure::requests] = -commit.back;
        name(view(commit.back_date).substr(0, 7));
    }
    if (!archived_month_.empty()) {
        name(archived_month_);
        name(view(commit.date).substr(0, 7));
    }
    append_commit(worker.connection.output(), verb, script,
                  {.id = entry_.id,
                   .worker_field = owner_.bequest_->worker_field(),
                   .sequence = commit.sequence,
                   .date = view(commit.date),
                   .now = worker.settings.now(),
                   .asked = commit.asked,
                   .again = repeated_,
                   .about = false,
                   .networks = "-",
                   .ask = commit.ask,
                   .back = of_today ? commit.back : 0,
                   .closes = commit.closes,
                   .loan = commit.loan,
                   .since = commit.since,
                   .retention = worker.settings.retention_seconds(),
                   .refund_bound = worker.settings.refund_bound(),
                   .archive_months = months,
                   .settlements = {},
                   .returned = returned});
    worker.connection.expect(*this);
    sent_ = true;
    repeated_ = true;
}

void Bequests::Heir::on_reply(const resp::Reply& reply) noexcept
{
    sent_ = false;
    ngx::guard(ngx_cycle->log, 0, [&] { return handle(reply), 0; });
}

void Bequests::Heir::handle(const resp::Reply& reply)
{
    if (!reply.error().empty()) {
        return on_error(reply.error());
    }
    const auto answer = parse_commit_reply(reply);
    if (!answer || answer->sequence != entry_.commit.sequence) {
        return owner_.worker_.connection.fail(RedisState::lost, "answered out of step");
    }
    take(*answer);
    owner_.go_on();
}

// It is sent again with the next look, under the same number.
void Bequests::Heir::on_error(std::string_view error)
{
    if (++errors_ >= heir_errors_max) {
        ngx_str_t id = ngx::borrow(entry_.id.view()), said = ngx::borrow(error.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: key %V: what a dead worker held stays charged: %V", &id, &said);
        finish();
    } else if (refusal_of(error) == RedisRefusal::no_script) {
        send("EVAL", owner_.worker_.handshake.commit_script().text);
    }
}

void Bequests::Heir::take(const CommitReply& reply)
{
    const LedgerCommit& commit = entry_.commit;
    const LedgerEntry::Stand before = entry_.stand();
    switch (reply.status) {
    case CommitStatus::granted:
    case CommitStatus::day_exhausted:
    case CommitStatus::month_exhausted:
    case CommitStatus::disabled:
    case CommitStatus::expired:
    case CommitStatus::hold: {
        // What was left before is of the same day as what this commit gave back, or of its own.
        const std::int64_t rest = before.date == commit.date
                                      ? std::max<std::int64_t>(before.unspent - commit.back, 0)
                                      : 0;
        const std::int64_t held =
            reply.floor >= before.loan ? 0 : std::max<std::int64_t>(before.held - commit.closes, 0);
        return entry_.answer(
            {.unspent = rest + reply.granted + reply.lent,
             .held = held + reply.lent,
             .loan = reply.lent > 0 ? reply.loan : before.loan,
             .spent = 0,
             .flush = 0,
             .since = reply.granted + reply.lent > 0 ? commit.sequence : before.since,
             .date = commit.date});
    }
    case CommitStatus::networks_differ:
    case CommitStatus::archive_needed:
        if (owner_.repeating_) {
            return entry_.answer(before);  // it did nothing, and never will
        }
        archived_month_ = reply.detail;
        return form_again();
    case CommitStatus::rotated:
        if (const auto id = KeyId::parse(reply.detail); id && ++moves_ <= heir_moves_max) {
            LedgerEntry::Stand moved = before;
            moved.since = 0;  // the other record remembers none of its commits
            entry_.id = *id;  // and took the figures along
            return entry_.answer(moved);
        }
        break;
    case CommitStatus::unknown_key:
    case CommitStatus::late:
    case CommitStatus::spoiled: break;
    }
    finish();
}

}  // namespace mmx::gate
