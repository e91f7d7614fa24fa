#pragma once

// One run: gateways with their workers, a Redis, a network, clients and a daemon on one virtual
// clock. It happens the same way whenever the seed is the same.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "world/agenda.hpp"
#include "world/book.hpp"
#include "world/daemon.hpp"
#include "world/network.hpp"
#include "world/plan.hpp"
#include "world/process.hpp"
#include "world/random.hpp"

namespace mmx::simulation {

// What all runs have in common: made once.
struct Setting {
    explicit Setting(std::string_view mutation);

    Scripts scripts;
    gate::Secrets secrets;
    std::string sealed_master;
};

// What a run was made of, for those who want to know what the seeds reach.
struct Tally {
    std::uint64_t steps = 0, admitted = 0, refused = 0, commits = 0, repeated = 0, late = 0,
                  unsettled = 0, on_credit = 0, recalled = 0, lapsed = 0, idle = 0, bequests = 0;
};

class World {
public:
    World(Setting& setting, std::uint64_t seed);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    // Empty, or what did not hold.
    std::string run();

    const Plan& plan() const noexcept { return plan_; }
    const Tally& tally() const noexcept { return tally_; }

private:
    // The clock goes on to what happens next, and it happens.
    void step_once();
    void run_item(Agenda::Item item);
    void run_timers(Process& process);
    void turn(Process& process, const std::function<void()>& body);
    void after_turn(Process& process);
    bool rest(std::int64_t until_us);  // false: it does not come to rest

    Process& start(int gateway, int number);
    void quit(Process& process);
    void lose(Process& process);
    void end(Process& process);
    void note_metrics(const Process& process);
    Process* any_process();
    bool bequeathed() const;
    Book::Left credit_left(const KeyAccount& key) const;

    void arrive();
    void join(Process& process);
    void on_decided(Process& process, Client& client);
    void finish(Process& process, std::uint64_t number);
    void leave(Process& process, std::uint64_t number);
    void settle(Process& process, Client& client, bool sent);
    void remove(Process& process, std::uint64_t number);
    Client* find(Process& process, std::uint64_t number);

    void mishap();
    void happen(Mishap mishap);
    void change();
    void note_log(const Process& process, unsigned level, std::string_view text);
    void check_deadlines(const Process& process);
    void conclude();

    Setting& setting_;
    Random random_;
    const Plan plan_;
    Agenda agenda_;
    Server server_;
    Network network_;
    Book book_;
    Daemon daemon_;
    gate::LocationConfig location_;

    // Of each gateway; it outlives every worker, and is empty after the host has died.
    struct Ledgers;
    std::unique_ptr<Ledgers> ledgers_;
    std::vector<std::unique_ptr<Process>> processes_;  // also those that are gone
    std::uint64_t requests_ = 0;
    std::int64_t jumped_s_ = 0;  // Redis' clock
    std::int64_t clients_ = 0;   // of processes that are alive
    bool resting_ = false, lossy_ = false, totals_lossy_ = false;
    std::int64_t withheld_ = 0;
    Tally tally_;
};

}  // namespace mmx::simulation
