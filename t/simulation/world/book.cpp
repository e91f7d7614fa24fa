#include "world/book.hpp"

#include <algorithm>

#include "base/loop.hpp"
#include "commits/recalls.hpp"
#include "commits/worker_commits.hpp"
#include "lib/redis_keys.hpp"
#include "world/trace.hpp"

namespace mmx::simulation {

using gate::Admission;

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t stopped_max_us = 4 * second_us, tick_us = 10'000;

// `sequence status granted ...`
bool grants(std::string_view reply)
{
    const std::size_t status = reply.find(' ') + 1;
    const std::size_t granted = reply.find(' ', status) + 1;
    return granted < reply.size() && reply[granted] != '0';
}

}  // namespace

KeyAccount::Day& KeyAccount::day(std::string_view date)
{
    const auto found = std::ranges::find_if(days, [&](const Day& one) { return one.date == date; });
    if (found != days.end()) {
        return *found;
    }
    days.push_back({.date = std::string(date)});
    return days.back();
}

Book::Book(Server& server, const Plan& plan)
    : server_(server), limits_hold_(!plan.allow), clock_runs_evenly_(!plan.steps_clock()),
      calendar_(*Calendar::load(plan.timezone.empty() ? default_timezone : plan.timezone)),
      clock_off_us_(plan.stops_workers() ? stopped_max_us : plan.delay_max_us + tick_us),
      decided_within_ms_(4 * gate::recalls_interval_ms + 2 * gate::hold_step_ms +
                         static_cast<std::uint64_t>(14 * plan.delay_max_us / 1000)),
      today_(calendar_.day_at(plan.begins_at))
{
    server.before_commit = [this](Words names, Words words) { before_commit(names, words); };
    server.after_commit = [this](Words names, Words words, const Reply& reply) {
        trace([&] {
            return "commit " + std::string(words[0]) + " on " + std::string(names[0]) + " -> " +
                   reply.text;
        });
        after_commit(names, words, reply);
    };
    server.after_total = [](Words names, Words words, const Reply& reply) {
        trace([&] {
            return "flush of totals, " + std::string(names[1]) + " " + std::string(names.back()) +
                   " " + std::string(words[3]) + " -> " + reply.text;
        });
    };
}

void Book::fail(std::string what)
{
    if (violation.empty()) {
        violation = std::move(what);
    }
}

// Of a record's name, `mmx:{<id>}`, also one that was rotated.
KeyAccount* Book::account(std::string_view record)
{
    const std::size_t begin = record.find('{') + 1;
    const auto found = numbers_.find(std::string(record.substr(begin, record.find('}') - begin)));
    return found == numbers_.end() ? nullptr : &keys[found->second];
}

std::int64_t Book::charged(const KeyAccount& key, std::string_view date, std::string_view figure)
{
    const std::string record = redis_keys::record(key.id());
    if (server_.database.field(record, redis_keys::field::live_day) == date) {
        return server_.database.count(record, std::string("d.").append(figure));
    }
    return server_.database.count(redis_keys::archive(key.id(), date.substr(0, 7)),
                                  std::string(date.substr(8)).append(".").append(figure));
}

std::int64_t Book::out(const KeyAccount& key)
{
    const std::string text(
        server_.database.field(redis_keys::record(key.id()), redis_keys::field::credit)
            .value_or("0"));
    return std::stoll(text);
}

std::int64_t Book::charged_month(const KeyAccount& key, std::string_view month)
{
    const std::string record = redis_keys::record(key.id());
    const auto live = server_.database.field(record, redis_keys::field::live_day).value_or("");
    return server_.database.count(
        live.starts_with(month) ? record : redis_keys::archive(key.id(), month), "m.requests");
}

std::vector<Book::Counters> Book::counters(const KeyAccount& key)
{
    std::vector<Counters> all;
    all.reserve(key.days.size());
    for (const KeyAccount::Day& day : key.days) {
        all.push_back({charged(key, day.date, "requests"), charged(key, day.date, "refunds"),
                       charged_month(key, day.date.substr(0, 7)), out(key)});
    }
    return all;
}

void Book::before_commit(Words names, Words words)
{
    KeyAccount* key = account(names[0]);
    if (key == nullptr || key->deleted) {
        return;
    }
    key->day(words[2]);
    for (std::size_t i = 14; i < words.size(); i += 10) {
        key->day(words[i]);
    }
    before_ = counters(*key);
}

void Book::after_commit(Words names, Words words, const Reply& reply)
{
    KeyAccount* key = account(names[0]);
    if (key == nullptr || key->deleted) {
        return;
    }
    const std::vector<Counters> after = counters(*key);
    bool changes = false;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const Counters &was = before_[i], &is = after[i];
        changes = changes || was.requests != is.requests || was.refunds != is.refunds ||
                  was.out != is.out;
        const bool beyond_day =
            key->day_limit > 0 && is.requests > was.requests && is.requests > key->day_limit;
        const bool beyond_month =
            key->month_limit > 0 && is.month > was.month && is.month > key->month_limit;
        if (limits_hold_ && (beyond_day || beyond_month)) {
            fail("S1: a commit charges " + key->days[i].date +
                 " beyond the limit: " + std::to_string(is.requests) + " of the day, " +
                 std::to_string(is.month) + " of the month");
        }
    }
    if (changes &&
        !effective_.insert(std::string(names[0]).append(words[0]).append(" ").append(words[1]))
             .second) {
        fail("S2: commit " + std::string(words[1]) + " of " + std::string(words[0]) +
             " changed the counters a second time");
    }
    note_fullness(*key);
    KeyAccount::Day& today = key->day(words[2]);
    if (today.full_since != never) {
        key->full_last = step;
        // What it gave back may have made room for what it granted.
        today.full_since = grants(reply.text) ? step : today.full_since;
    }
}

void Book::note_fullness(KeyAccount& key)
{
    const bool lent = out(key) > 0;
    for (KeyAccount::Day& day : key.days) {
        const bool reached =
            (key.day_limit > 0 && charged(key, day.date, "requests") >= key.day_limit) ||
            (key.month_limit > 0 && charged_month(key, day.date.substr(0, 7)) >= key.month_limit);
        const bool full = reached && !lent;
        day.full_since = full ? std::min(day.full_since, step) : never;
    }
}

void Book::decided(Client& client)
{
    if (client.waits() || client.noted) {
        return;
    }
    client.noted = true;
    KeyAccount& key = keys[client.key];
    const Admission& admission = *client.admission;
    trace([&] {
        return "request " + std::to_string(client.number) + " of key " +
               std::to_string(client.key) + ": " +
               (admission.admitted()
                    ? "admitted on " + std::string(view(admission.date))
                    : "refused, " + std::to_string(static_cast<int>(admission.refusal())));
    });
    if (admission.refused()) {
        check_wait(client);
        return check_refused(client, key);
    }
    if (admission.counts) {
        ++key.day(view(admission.date)).admitted;
    }
    check_date(client);
    check_wait(client);
    if (limits_hold_) {
        check_admitted(client, key);
    }
}

// Whoever holds credit hears within so long that it is called back, and again where another was
// lent some meanwhile; the rest is the way: of a commit that was out when it came, its own, the
// recall's, what is heard of it, what is given back behind one that was out, and its own again.
void Book::check_wait(const Client& client)
{
    const std::uint64_t waited_ms = ngx_current_msec - client.arrived_ms;
    if (quiet && waited_ms > decided_within_ms_) {
        fail("S7: request " + std::to_string(client.number) + " waited " +
             std::to_string(waited_ms) + " ms");
    }
}

// By Redis' clock, which a worker knows from its last answer; where it is stopped it may be behind,
// and ahead, where it took that answer's time for a later one.
void Book::check_date(const Client& client)
{
    const std::int64_t now = server_.database.now_us / second_us;
    today_ = today_.contains(now) ? today_ : calendar_.day_at(now);
    const std::string_view date = view(client.admission->date);
    const auto is_of = [&](std::int64_t us) {
        return date == calendar_.day_at(us / second_us).date;
    };
    if (clock_runs_evenly_ && date != today_.date && !is_of(client.arrived_us - clock_off_us_) &&
        !is_of(server_.database.now_us + clock_off_us_)) {
        fail("request " + std::to_string(client.number) + " is counted on " + std::string(date));
    }
}

// Nothing that was confirmed before it came, and held ever since, speaks against it.
void Book::check_admitted(const Client& client, KeyAccount& key)
{
    const std::string who = "request " + std::to_string(client.number) + " was admitted ";
    if (key.disabled_since < client.arrived) {
        fail(who + "though its key was disabled before it came");
    }
    if (client.admission->counts &&
        key.day(view(client.admission->date)).full_since < client.arrived) {
        fail("S1: " + who + "though the limit left nothing since before it came");
    }
    if (key.listed_since < client.arrived && !key.networks.allow(client.address())) {
        fail(who + "from outside of its key's networks");
    }
}

void Book::check_refused(const Client& client, const KeyAccount& key)
{
    const auto held = [&](bool reason) {
        if (!reason && limits_hold_) {
            fail("request " + std::to_string(client.number) + " was refused for reason " +
                 std::to_string(static_cast<int>(client.admission->refusal())) +
                 ", which did not hold while it waited");
        }
    };
    const bool disabled = key.disabled || key.disabled_last >= client.arrived;
    const bool closed = !key.networks.allow(client.address()) || key.closed_last >= client.arrived;
    const bool of_the_key = client.admission->refusal() != Refusal::gateway_unavailable &&
                            client.admission->refusal() != Refusal::unknown_key;
    keys[client.key].denied += of_the_key ? 1 : 0;
    switch (client.admission->refusal()) {
    case Refusal::day_exhausted:
    case Refusal::month_exhausted: return held(key.full_last >= client.arrived);
    case Refusal::key_disabled: return held(disabled);
    case Refusal::key_expired: return held(key.rotated_last > 0);
    case Refusal::address_not_allowed: return held(closed);
    case Refusal::unknown_key: return held(key.deleted);
    case Refusal::gateway_unavailable: return held(!quiet);
    default: fail("a request was refused for what cannot be");
    }
}

void Book::given_back(std::size_t key, std::string_view date)
{
    ++keys[key].day(date).given_back;
}

void Book::written(std::size_t number)
{
    KeyAccount& key = keys[number];
    key.disabled_since = key.disabled ? key.disabled_since : never;
}

void Book::confirmed(std::size_t number)
{
    KeyAccount& key = keys[number];
    if (key.disabled || key.deleted) {
        key.disabled_since = std::min(key.disabled_since, step);
    }
    key.listed_since = std::min(key.listed_since, step);
    note_fullness(key);
    // What is full by a limit that was lowered now was not so before.
    for (KeyAccount::Day& day : key.days) {
        if (day.full_since != never) {
            day.full_since = step;
        }
    }
}

void Book::forget(std::size_t number)
{
    KeyAccount& key = keys[number];
    for (const KeyAccount::Day& day : key.days) {
        of_deleted_[day.date] += charged(key, day.date, "requests");
    }
    key.deleted = true;
}

void Book::check()
{
    for (const KeyAccount& key : keys) {
        if (limits_hold_ && !key.deleted) {
            check_key(key);
        }
    }
}

void Book::check_key(const KeyAccount& key)
{
    const Left credit = left(key);
    if (credit.spendable > out(key)) {
        fail("S4: " + std::to_string(credit.spendable) + " may be spent, and out are " +
             std::to_string(out(key)));
    }
    for (const KeyAccount::Day& day : key.days) {
        const auto found = credit.by_date.find(day.date);
        const std::int64_t unspent = found == credit.by_date.end() ? 0 : found->second;
        if (day.admitted - day.given_back > charged(key, day.date, "requests") - unspent) {
            fail("S1: on " + day.date + " " + std::to_string(day.admitted) + " were admitted, " +
                 std::to_string(day.given_back) + " given back, " + std::to_string(unspent) +
                 " are left of credit, and charged are " +
                 std::to_string(charged(key, day.date, "requests")));
        }
    }
}

void Book::check_counters(bool over)
{
    for (const KeyAccount& key : keys) {
        if (key.deleted) {
            return;
        }
        const Left credit = left(key);
        if (over && out(key) != 0) {
            fail("S3: all have quit, and " + std::to_string(out(key)) + " are out");
        }
        for (const KeyAccount::Day& day : key.days) {
            const std::int64_t refunds = charged(key, day.date, "refunds");
            const std::int64_t requests = charged(key, day.date, "requests");
            const auto found = credit.by_date.find(day.date);
            const std::int64_t unspent = found == credit.by_date.end() ? 0 : found->second;
            if (requests != day.admitted - refunds + unspent) {
                fail("S3: at rest " + day.date + " charges " + std::to_string(requests) +
                     ", admitted were " + std::to_string(day.admitted) + ", refunded " +
                     std::to_string(refunds) + ", left of credit are " + std::to_string(unspent));
            }
        }
    }
}

void Book::check_rest(bool settled, bool totals, std::int64_t withheld)
{
    std::int64_t owed = 0;
    for (const KeyAccount& key : keys) {
        if (key.deleted) {
            return;  // what was due to it went nowhere
        }
        std::map<std::string, std::int64_t> months;
        std::int64_t denied = 0;
        for (const KeyAccount::Day& day : key.days) {
            const std::int64_t refunds = charged(key, day.date, "refunds");
            const std::int64_t requests = charged(key, day.date, "requests");
            owed += day.given_back - refunds;
            denied += charged(key, day.date, "denied");
            months[day.date.substr(0, 7)] += requests;
        }
        for (const auto& [month, requests] : months) {
            if (charged_month(key, month) != requests) {
                fail("S3: " + month + " is not the sum of its days");
            }
        }
        if (settled && denied != key.denied) {
            fail("S3: " + std::to_string(key.denied) + " were refused, " + std::to_string(denied) +
                 " noted");
        }
    }
    if (owed != withheld) {
        fail("S3: " + std::to_string(owed) + " refunds are missing, withheld were " +
             std::to_string(withheld));
    }
    if (settled && totals) {
        check_totals();
    }
}

void Book::check_totals()
{
    std::map<std::string, std::int64_t> sums = of_deleted_;
    for (const KeyAccount& key : keys) {
        for (const KeyAccount::Day& day : key.days) {
            sums[day.date] += charged(key, day.date, "requests");
        }
    }
    for (const auto& [date, sum] : sums) {
        const std::int64_t total = server_.database.count(redis_keys::total(date), "requests");
        if (total != sum) {
            fail("S3: the total of " + date + " is " + std::to_string(total) +
                 ", the keys together have " + std::to_string(sum));
        }
    }
}

}  // namespace mmx::simulation
