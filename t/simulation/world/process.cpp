#include "world/process.hpp"

#include "world/client.hpp"
#include "world/network.hpp"
#include "world/random.hpp"

namespace mmx::simulation {
namespace {

constexpr std::size_t keys_max = 65536;

}  // namespace

Worker::Worker(Wire& wire, const gate::Secrets& secrets,
               const gate::RedisHandshake::Scripts& scripts, gate::Metrics& counters,
               const gate::CreditTerms& terms, gate::LedgerMemory* ledger, ngx_msec_t timeout,
               std::string field)
    : metrics(counters), settings(secrets, metrics),
      connection(
          wire, timeout / 2,
          {.data = this,
           .connected = [](void* data) noexcept { static_cast<Worker*>(data)->handshake.greet(); },
           .lost =
               [](void* data, gate::RedisState) noexcept {
                   auto& self = *static_cast<Worker*>(data);
                   self.lost_at_quit = self.lost_at_quit || ngx_exiting != 0;
                   self.handshake.end();
                   self.commits.on_lost();
               }}),
      handshake(scripts, connection, settings, this,
                [](void* data) noexcept { static_cast<Worker*>(data)->commits.on_ready(); }),
      commits(connection, handshake, settings, metrics, terms, ledger, keys_max, timeout,
              std::move(field))
{
    connection.wake();
}

Process::Process(Network& network, Random& random, int gateway_number, int worker_number)
    : gateway(gateway_number), number(worker_number), metrics(std::make_unique<gate::Metrics>()),
      network_(network), random_(random)
{
    loop.worker = static_cast<ngx_uint_t>(number);
    loop.pid = number + 1;
}

Process::~Process() = default;

std::string Process::name() const
{
    return "worker " + std::to_string(gateway) + "." + std::to_string(number) + " (" +
           std::to_string(life) + ")";
}

std::uint64_t Process::dial()
{
    return network_.dial(*this);
}

void Process::send(std::uint64_t socket, std::string_view commands)
{
    network_.send(socket, commands);
}

void Process::hang_up(std::uint64_t socket)
{
    network_.hang_up(socket);
}

ngx_msec_t Process::jitter(ngx_msec_t below)
{
    return static_cast<ngx_msec_t>(random_.below(static_cast<std::int64_t>(below)));
}

}  // namespace mmx::simulation
