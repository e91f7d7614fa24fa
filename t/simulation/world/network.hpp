#pragma once

// Between the workers and Redis. Within one connection everything keeps its order; when one is cut,
// the replies under way are lost, and the commands that were not answered may run later, more than
// once, and in any order: the repeats that they meet then are what a commit's memory is for.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/server.hpp"
#include "world/agenda.hpp"
#include "world/plan.hpp"
#include "world/random.hpp"

namespace mmx::simulation {

class Network {
public:
    Network(Agenda& agenda, Server& server, Random& random, const Plan& plan)
        : agenda_(agenda), server_(server), random_(random), plan_(plan)
    {
    }
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    std::uint64_t dial(Process& process);
    void send(std::uint64_t socket, std::string_view commands);
    void hang_up(std::uint64_t socket);

    // The connections of one worker, or of everybody. noticed: the worker is told.
    void cut(const Process* process, bool noticed);
    void stall(std::int64_t until) { stalled_until_ = until; }
    // Whatever is between answers errors to most commits, whether or not they ran, and tells nobody
    // what is called back.
    void refuse(std::int64_t until) { refusing_until_ = until; }
    void part(int gateway, std::int64_t until);
    void restart(std::int64_t until);
    void heal();

    // Redis' clock jumps. A memory is kept for an hour of it: after a jump by as much, what is late
    // could outlive one, and comes no more.
    void step_clock(std::int64_t by_us);
    void set_clock_offset(std::int64_t us) noexcept { redis_offset_us_ = us; }

    // Commands of connections that are no more, which are still to run.
    int late() const noexcept { return late_; }
    // Whether any command of a connection that is there was not answered yet.
    bool owes() const noexcept;

    // The time of Redis' clock is what its commands see.
    void set_clock();

private:
    struct Batch {
        std::string bytes;
        std::vector<std::vector<std::string_view>> commands;
    };
    struct Pending {
        std::shared_ptr<const Batch> batch;
        std::size_t index;
        bool ran;
    };
    struct Socket {
        explicit Socket(Process* owner) : process(owner) {}

        Process* process;
        bool open = true;
        std::deque<Pending> unanswered;
        std::deque<std::shared_ptr<const Batch>> inbox;          // on the way to Redis
        std::deque<std::pair<std::size_t, std::string>> outbox;  // back: how many, and which
        std::int64_t last_in = 0, last_out = 0;
    };

    std::int64_t delay();
    bool reachable(const Process& process) const;
    void deliver(std::uint64_t number);
    void run(const std::vector<std::string_view>& words, std::string& replies);
    void answer(std::uint64_t number);
    void close(std::uint64_t number, bool noticed);
    void run_late(const Pending& pending);
    static std::shared_ptr<const Batch> parse(std::string_view commands);

    Agenda& agenda_;
    Server& server_;
    Random& random_;
    const Plan& plan_;
    std::vector<Socket> sockets_;  // their numbers begin with 1
    std::int64_t stalled_until_ = 0, down_until_ = 0, refusing_until_ = 0;
    std::vector<std::int64_t> parted_until_;  // by gateway
    int late_ = 0;
    std::int64_t redis_offset_us_ = 0;  // of Redis' clock to ours
    bool jumped_ = false;               // by about an hour or more
    bool healed_ = false;
};

}  // namespace mmx::simulation
