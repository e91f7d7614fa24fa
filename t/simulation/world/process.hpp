#pragma once

// One worker process of a gateway: its loop, what module/worker.hpp owns in the product, and the
// clients that it serves. One that has crashed or ended stays until the run is over, untouched: a
// crash runs no destructor.

#include <memory>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "base/settings.hpp"
#include "commits/worker_commits.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace mmx::simulation {

class Client;
class Network;
class Random;

struct Worker {
    Worker(Wire& wire, const gate::Secrets& secrets, const gate::RedisHandshake::Scripts& scripts,
           gate::Metrics& counters, const gate::CreditTerms& terms, gate::LedgerMemory* ledger,
           ngx_msec_t timeout, std::string field);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    bool lost_at_quit = false;  // the way to Redis, since it was told to quit

    gate::Metrics& metrics;
    gate::Settings settings;
    gate::RedisConnection connection;
    gate::RedisHandshake handshake;
    gate::WorkerCommits commits;
};

class Process final : public Wire {
public:
    Process(Network& network, Random& random, int gateway_number, int worker_number);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    std::uint64_t dial() override;
    void send(std::uint64_t socket, std::string_view commands) override;
    void hang_up(std::uint64_t socket) override;
    ngx_msec_t jitter(ngx_msec_t below) override;

    std::string name() const;

    const int gateway, number;
    int life = 0;  // of all processes, in the order of their start
    bool alive = true;
    std::int64_t stopped_at = 0, stopped_until = 0;

    Loop loop;
    std::unique_ptr<gate::Metrics> metrics;
    std::unique_ptr<Worker> worker;
    std::vector<std::unique_ptr<Client>> clients;

private:
    Network& network_;
    Random& random_;
};

}  // namespace mmx::simulation
