#include "world/world.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include "lib/redis_keys.hpp"
#include "world/client.hpp"
#include "world/trace.hpp"

namespace mmx::simulation {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t begin_us = 1000 * second_us;  // of the monotonic clock
constexpr std::int64_t rest_us = 1'500'000;          // more than any pause before something is due
constexpr std::int64_t rest_within_us = 300 * second_us;
constexpr std::int64_t quit_within_us = 10 * second_us;
constexpr std::int64_t grace_ms = 600'000;
constexpr std::size_t ledger_size = 1 << 20;
constexpr std::int64_t jumped_max_s = 43000;  // either way: an alias is kept for a day and more

SubKey master_key()
{
    SubKey key;
    key.fill(7);
    return key;
}

}  // namespace

Setting::Setting(std::string_view mutation) : scripts(mutation), secrets(master_key())
{
    SealNonce nonce;
    nonce.fill(9);
    sealed_master = *seal(secrets.master(), "sk-simulated", redis_keys::sealed_master_field, nonce);
}

struct World::Ledgers {
    struct Free {
        void operator()(gate::LedgerMemory* memory) const noexcept { std::free(memory); }
    };
    using One = std::unique_ptr<gate::LedgerMemory, Free>;

    static One make()
    {
        void* memory = std::calloc(1, ledger_size);
        if (memory == nullptr) {
            throw std::bad_alloc();
        }
        return One(gate::LedgerMemory::make(memory, ledger_size));
    }

    std::vector<One> present;  // of each gateway
    std::vector<One> former;   // of hosts that died, to which what ran there still points
};

World::World(Setting& setting, std::uint64_t seed)
    : setting_(setting), random_(seed), plan_(random_), server_(setting.scripts),
      network_(agenda_, server_, random_, plan_), book_(server_, plan_),
      daemon_(server_, random_, book_, agenda_, plan_.credit.lease_us),
      ledgers_(std::make_unique<Ledgers>())
{
    for (int gateway = 0; gateway < plan_.gateways; ++gateway) {
        ledgers_->present.push_back(Ledgers::make());
    }
    clock_us = begin_us;
    step = 0;
    network_.set_clock_offset(plan_.begins_at * second_us - clock_us);
    network_.set_clock();
    book_.quiet = plan_.quiet();
    book_.left = [this](const KeyAccount& key) { return credit_left(key); };
    location_.on_redis_error =
        static_cast<ngx_uint_t>(plan_.allow ? gate::OnRedisError::allow : gate::OnRedisError::deny);
    location_.grace = grace_ms;

    const std::string bound = std::to_string(plan_.refund_bound);
    const std::array<std::string_view, 8> settings = {"HSET",
                                                      redis_keys::settings,
                                                      redis_keys::field::master,
                                                      setting.sealed_master,
                                                      redis_keys::field::refund_bound,
                                                      bound,
                                                      redis_keys::field::timezone,
                                                      plan_.timezone};
    server_.database.call(settings);
    for (const KeyPlan& key : plan_.keys) {
        daemon_.create(key);
    }
}

World::~World() = default;

std::string World::run()
{
    for (int gateway = 0; gateway < plan_.gateways; ++gateway) {
        for (int number = 0; number < plan_.workers; ++number) {
            start(gateway, number);
        }
    }
    agenda_.add(clock_us + 5000, nullptr, [this] { arrive(); });
    if (!plan_.mishaps.empty()) {
        agenda_.add(clock_us + random_.below(plan_.mishap_gap_us), nullptr, [this] { mishap(); });
    }
    if (plan_.change_gap_us > 0) {
        agenda_.add(clock_us + random_.below(plan_.change_gap_us), nullptr, [this] { change(); });
    }
    while (step < static_cast<std::uint64_t>(plan_.steps) && book_.violation.empty()) {
        step_once();
    }
    if (book_.violation.empty()) {
        conclude();
    }
    tally_.steps = step;
    for (const auto& process : processes_) {
        note_metrics(*process);
    }
    return book_.violation;
}

// Everything is mended, all that is under way comes to its end, and then all workers quit.
void World::conclude()
{
    trace("all is mended");
    resting_ = true;
    network_.heal();
    for (const auto& process : processes_) {
        process->stopped_until = std::min(process->stopped_until, clock_us);
    }
    if (!rest(clock_us + rest_within_us)) {
        return book_.fail("a request or a command is under way for ever");
    }
    const auto exact = [this](bool settled) {
        if (lossy_ || plan_.loses_hosts() || (plan_.allow && plan_.loses_workers())) {
            return;
        }
        network_.set_clock();
        book_.check_counters(settled);
        if (!plan_.loses_workers()) {
            withheld_ = 0;
            for (const auto& process : processes_) {
                withheld_ += static_cast<std::int64_t>(process->metrics->refunds_withheld);
            }
            book_.check_rest(settled, !totals_lossy_, withheld_);
        }
    };
    exact(false);
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        if (processes_[i]->alive && !processes_[i]->loop.exiting) {
            quit(*processes_[i]);
        }
    }
    const std::int64_t until = clock_us + quit_within_us;
    const auto lives = [](const auto& process) { return process->alive; };
    while (std::ranges::any_of(processes_, lives) && book_.violation.empty()) {
        if (clock_us > until) {
            return book_.fail("a worker that was told to quit goes on for ever");
        }
        step_once();
    }
    exact(true);
}

// Until no client is there and no command of a former connection is still to run, and then for as
// long as it takes to send what is due, and until all of that is answered: credit that lies idle
// may be on its way back.
bool World::rest(std::int64_t until_us)
{
    std::int64_t since = clock_us;
    while ((clock_us - since < rest_us || network_.owes()) && book_.violation.empty()) {
        if (clock_us > until_us) {
            return false;
        }
        step_once();
        if (clients_ > 0 || network_.late() > 0 || bequeathed()) {
            since = clock_us;
        }
    }
    return true;
}

// Whether what a dead worker left is still to be seen to: more names are in a ledger than workers
// are alive.
bool World::bequeathed() const
{
    for (int gateway = 0; gateway < plan_.gateways; ++gateway) {
        const auto alive = std::ranges::count_if(processes_, [&](const auto& process) {
            return process->alive && process->gateway == gateway;
        });
        const auto& owners = ledgers_->present[static_cast<std::size_t>(gateway)]->owners;
        const auto names = std::count_if(
            owners.begin(), owners.begin() + static_cast<std::ptrdiff_t>(processes_.size()),
            [](const auto& owner) { return owner.field_length > 0; });
        if (names > alive) {
            return true;
        }
    }
    return false;
}

void World::step_once()
{
    ++step;
    Process* soonest = nullptr;
    std::int64_t at = 0;
    for (const auto& process : processes_) {
        const auto due = process->alive ? process->loop.next_timer() : std::nullopt;
        if (!due) {
            continue;
        }
        const std::int64_t then =
            std::max(static_cast<std::int64_t>(*due) * 1000, process->stopped_until);
        if (soonest == nullptr || then < at) {
            soonest = process.get();
            at = then;
        }
    }
    if (!agenda_.empty() && (soonest == nullptr || agenda_.first().at <= at)) {
        run_item(agenda_.take());
    } else if (soonest != nullptr) {
        clock_us = std::max(clock_us, at);
        turn(*soonest, [] {});
    }
    network_.set_clock();
    book_.check();
}

void World::run_item(Agenda::Item item)
{
    clock_us = std::max(clock_us, item.at);
    Process* process = item.process;
    if (process == nullptr) {
        return item.happens();
    }
    if (!process->alive) {
        return;
    }
    if (process->stopped_until > clock_us) {
        return agenda_.add(process->stopped_until, process, std::move(item.happens));
    }
    turn(*process, [&] {
        item.happens();
        while (!agenda_.empty() && agenda_.first().at <= clock_us &&
               agenda_.first().process == process) {
            ++step;
            agenda_.take().happens();
        }
    });
}

void World::turn(Process& process, const std::function<void()>& body)
{
    ngx_msec_t stale_ms = 0;
    if (process.stopped_at != 0) {
        trace([&] { return process.name() + " goes on"; });
        const std::int64_t stopped_us = clock_us - process.stopped_at;
        stale_ms = random_.chance(50) ? static_cast<ngx_msec_t>(stopped_us / 1000) : 0;
        process.stopped_at = 0;
    }
    process.loop.turn(body, stale_ms);
    if (stale_ms == 0) {
        check_deadlines(process);
    }
    if (process.alive && process.loop.exiting && process.clients.empty() &&
        !process.loop.holds_up_quit()) {
        end(process);
    }
}

void World::check_deadlines(const Process& process)
{
    for (const auto& client : process.clients) {
        if (process.alive && client->waits() &&
            ngx_current_msec - client->arrived_ms > plan_.timeout_ms) {
            book_.fail("request " + std::to_string(client->number) +
                       " waits longer than the timeout");
        }
    }
}

Process& World::start(int gateway, int number)
{
    processes_.push_back(std::make_unique<Process>(network_, random_, gateway, number));
    Process& process = *processes_.back();
    process.life = static_cast<int>(processes_.size());
    process.loop.on_log = [this, &process](unsigned level, std::string_view text) {
        note_log(process, level, text);
    };
    const std::string field =
        std::string(redis_keys::field::sequence_prefix).append(random_.hex(16));
    trace([&] { return process.name() + " starts, " + field; });
    process.loop.turn([&] {
        process.metrics->worker_pid = static_cast<std::uint64_t>(process.loop.pid);
        process.worker = std::make_unique<Worker>(
            process, setting_.secrets, setting_.scripts.forms(), *process.metrics, plan_.credit,
            ledgers_->present[static_cast<std::size_t>(gateway)].get(), plan_.timeout_ms, field);
    });
    return process;
}

void World::note_log(const Process& process, unsigned level, std::string_view text)
{
    trace([&] { return process.name() + " logs: " + std::string(text); });
    if (level <= NGX_LOG_ALERT) {
        book_.fail("the log has an alert: " + std::string(text));
    }
    if (text.starts_with("mmx: unsettled") || text.find("commit given up") != text.npos) {
        lossy_ = true;
        // A jump of the clock may have Redis forget whether a commit ran.
        if (!plan_.steps_clock() && !process.worker->lost_at_quit) {
            book_.fail("something due was lost: " + std::string(text));
        }
    }
    tally_.bequests += text.starts_with("mmx: a worker died") ? 1 : 0;
    if (text.find("held stays charged") != text.npos) {
        lossy_ = true;
        if (!plan_.steps_clock()) {
            book_.fail("a bequest was lost: " + std::string(text));
        }
    }
    totals_lossy_ = totals_lossy_ || text.starts_with("mmx: totals");
}

void World::quit(Process& process)
{
    trace([&] { return process.name() + " is told to quit"; });
    process.stopped_until = std::min(process.stopped_until, clock_us);
    process.loop.exiting = true;
    turn(process, [&] { process.worker->connection.on_quit(); });
}

Book::Left World::credit_left(const KeyAccount& key) const
{
    Book::Left sum;
    for (const auto& process : processes_) {
        if (!process->alive) {
            continue;
        }
        for (const KeyId& id : key.ids) {
            const auto held = process->worker->commits.credit_left(id);
            if (held.left > 0) {
                sum.spendable += held.leased ? held.left : 0;
                sum.by_date[std::string(view(held.date))] += held.left;
            }
        }
    }
    return sum;
}

// It exits in order.
void World::end(Process& process)
{
    trace([&] { return process.name() + " has quit"; });
    process.loop.turn([&] { process.worker->commits.log_unsettled(); });
    // It waits for a Redis that is away no longer than a request does, and what it had under way
    // stays charged.
    lossy_ = lossy_ || (process.worker->lost_at_quit && !process.worker->handshake.ready());
    process.alive = false;
    process.loop.dead = true;
    network_.cut(&process, false);
}

// It is gone between two instructions, and with it its clients.
void World::lose(Process& process)
{
    process.alive = false;
    process.loop.dead = true;
    clients_ -= static_cast<std::int64_t>(process.clients.size());
    network_.cut(&process, false);
    const int gateway = process.gateway, number = process.number;
    if (!process.loop.exiting) {
        agenda_.add(clock_us + random_.spread(1000, second_us), nullptr,
                    [this, gateway, number] { start(gateway, number); });
    }
}

void World::note_metrics(const Process& process)
{
    const gate::Metrics& metrics = *process.metrics;
    tally_.admitted += metrics.verdicts[static_cast<std::size_t>(gate::Counted::admitted)];
    tally_.commits += metrics.commits.count;
    tally_.repeated += metrics.commits_repeated;
    tally_.unsettled += metrics.unsettled;
    tally_.on_credit += metrics.credit_spent;
    tally_.recalled += metrics.credit_recalled;
    tally_.lapsed += metrics.credit_lapsed;
    tally_.idle += metrics.credit_idle;
}

Process* World::any_process()
{
    const auto first = random_.below(static_cast<std::int64_t>(processes_.size()));
    for (std::size_t i = 0; i < processes_.size(); ++i) {
        Process& process = *processes_[(static_cast<std::size_t>(first) + i) % processes_.size()];
        if (process.alive && !process.loop.exiting) {
            return &process;
        }
    }
    return nullptr;
}

void World::arrive()
{
    if (resting_) {
        return;
    }
    Process* process = any_process();
    for (std::int64_t i = random_.between(1, plan_.burst_max); process != nullptr && i > 0; --i) {
        agenda_.add(clock_us, process, [this, process] { join(*process); });
    }
    const std::int64_t gap = random_.between(1, 2 * plan_.arrival_gap_us);
    agenda_.add(clock_us + gap, nullptr, [this] { arrive(); });
}

// As phases/access does.
void World::join(Process& process)
{
    static constexpr std::array<std::uint32_t, 3> addresses = {0x0a010203, 0x0a090909, 0xac100001};
    if (process.loop.exiting) {
        return;
    }
    const auto number =
        static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(book_.keys.size())));
    const KeyAccount& key = book_.keys[number];
    const std::uint32_t address =
        addresses[static_cast<std::size_t>(random_.below(20) < 18 ? random_.below(2) : 2)];
    process.clients.push_back(std::make_unique<Client>(
        number, address, location_, *process.metrics,
        [this, &process](Client& client) { on_decided(process, client); }));
    ++clients_;
    Client& client = *process.clients.back();
    client.number = ++requests_;
    client.arrived = step;
    client.arrived_ms = ngx_current_msec;
    client.arrived_us = server_.database.now_us;
    client.admission->identified = true;
    client.admission->counts = !random_.chance(plan_.uncounted_percent);
    client.admission->id =
        key.ids[random_.chance(70) ? key.ids.size() - 1
                                   : static_cast<std::size_t>(
                                         random_.below(static_cast<std::int64_t>(key.ids.size())))];
    trace([&] {
        return "request " + std::to_string(client.number) + " of key " + std::to_string(number) +
               " reaches " + process.name();
    });
    if (random_.chance(plan_.goes_percent)) {
        agenda_.add(clock_us + random_.spread(50, 4 * plan_.delay_max_us), &process,
                    [this, &process, gone = client.number] { leave(process, gone); });
    }
    process.worker->commits.join(*client.admission);
    if (!client.waits()) {
        on_decided(process, client);
    }
}

void World::on_decided(Process& process, Client& client)
{
    book_.decided(client);
    const std::uint64_t number = client.number;
    if (client.admission->refused()) {
        ++tally_.refused;
        // Not at once: it is its own event that runs.
        agenda_.add(clock_us, &process, [this, &process, number] { remove(process, number); });
        return;
    }
    agenda_.add(clock_us + random_.spread(500, plan_.answer_max_us), &process,
                [this, &process, number] { finish(process, number); });
}

Client* World::find(Process& process, std::uint64_t number)
{
    const auto found = std::ranges::find_if(
        process.clients, [&](const auto& client) { return client->number == number; });
    return found == process.clients.end() ? nullptr : found->get();
}

void World::remove(Process& process, std::uint64_t number)
{
    clients_ -= static_cast<std::int64_t>(std::erase_if(
        process.clients, [&](const auto& client) { return client->number == number; }));
}

// MiniMax has answered.
void World::finish(Process& process, std::uint64_t number)
{
    if (Client* client = find(process, number)) {
        settle(process, *client, true);
        remove(process, number);
    }
}

// The client goes, whatever it waits for.
void World::leave(Process& process, std::uint64_t number)
{
    Client* client = find(process, number);
    if (client == nullptr) {
        return;
    }
    trace([&] { return "the client of request " + std::to_string(number) + " goes"; });
    const bool woken = client->noted;
    book_.decided(*client);
    if (!client->waits() && client->admission->admitted()) {
        settle(process, *client, woken && random_.chance(70));
    }
    remove(process, number);
}

// As phases/log does. sent: something left for MiniMax.
void World::settle(Process& process, Client& client, bool sent)
{
    gate::Admission& admission = *client.admission;
    admission.settled = true;
    const bool failed = sent && random_.chance(plan_.fails_percent);
    const bool account = failed && random_.chance(30);
    if (account) {
        process.worker->commits.note_rejection(admission.date, 402, 1008);
    }
    if (!admission.counts || (sent && !failed)) {
        return;
    }
    Settlement refund{.date = admission.date};
    refund[Figure::requests] = -1;
    refund[Figure::refunds] = 1;
    refund[Figure::failed] = failed ? 1 : 0;
    refund.bounded_refunds = account || !sent ? 0 : 1;
    trace([&] { return "request " + std::to_string(client.number) + " is refunded"; });
    book_.given_back(client.key, view(admission.date));
    process.worker->commits.settle(admission.id, refund);
}

void World::change()
{
    if (resting_) {
        return;
    }
    network_.set_clock();
    daemon_.change_something();
    agenda_.add(clock_us + random_.between(1, 2 * plan_.change_gap_us), nullptr,
                [this] { change(); });
}

void World::mishap()
{
    if (resting_) {
        return;
    }
    happen(plan_.mishaps[static_cast<std::size_t>(
        random_.below(static_cast<std::int64_t>(plan_.mishaps.size())))]);
    agenda_.add(clock_us + random_.between(1, 2 * plan_.mishap_gap_us), nullptr,
                [this] { mishap(); });
}

void World::happen(Mishap mishap)
{
    Process* process = any_process();
    if (process == nullptr) {
        return;
    }
    const std::string who = process->name();
    const std::int64_t a_while = clock_us + random_.spread(1000, 3 * second_us);
    switch (mishap) {
    case Mishap::cut: trace(who + ": cut off"); return network_.cut(process, true);
    case Mishap::silence: trace(who + ": silence"); return network_.cut(process, false);
    case Mishap::stall: trace("Redis stalls"); return network_.stall(a_while);
    case Mishap::restart: trace("Redis restarts"); return network_.restart(a_while);
    case Mishap::flush: trace("Redis forgets its scripts"); return server_.forget_scripts();
    case Mishap::errors: trace("Redis answers errors"); return network_.refuse(a_while);
    case Mishap::part:
        trace(who + ": its gateway is cut off");
        return network_.part(process->gateway, a_while);
    case Mishap::clock_step: {
        static constexpr std::array<std::int64_t, 8> jumps = {-3,    3,    -60,    60,
                                                              -3600, 4000, -43000, 43000};
        const std::int64_t jump = jumps[static_cast<std::size_t>(random_.below(jumps.size()))];
        if (std::abs(jumped_s_ + jump) > jumped_max_s) {
            return;
        }
        jumped_s_ += jump;
        trace([&] { return "Redis' clock jumps by " + std::to_string(jump) + " s"; });
        network_.step_clock(jump * second_us);
        return;
    }
    case Mishap::stop:
        trace(who + " is stopped");
        process->stopped_at = process->stopped_at != 0 ? process->stopped_at : clock_us;
        process->stopped_until = std::max(process->stopped_until, a_while);
        return;
    case Mishap::quit: {
        const int gateway = process->gateway, number = process->number;
        quit(*process);
        start(gateway, number);
        return;
    }
    case Mishap::crash: trace(who + " crashes"); return lose(*process);
    case Mishap::host_death:
        trace(who + ": its host dies");
        for (std::size_t i = 0, count = processes_.size(); i < count; ++i) {
            if (processes_[i]->alive && processes_[i]->gateway == process->gateway) {
                lose(*processes_[i]);
            }
        }
        ledgers_->former.push_back(std::exchange(
            ledgers_->present[static_cast<std::size_t>(process->gateway)], Ledgers::make()));
        return;
    case Mishap::count: return;
    }
}

}  // namespace mmx::simulation
