#include "worker.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <span>

#include "base/ledger_zone.hpp"
#include "config/log_mask.hpp"
#include "host/hardening.hpp"
#include "host/random.hpp"
#include "upstream/balancing.hpp"

namespace mmx::gate {
namespace {

std::unique_ptr<Worker> worker;

const MainConfig* main_config(ngx_cycle_t* cycle) noexcept
{
    return static_cast<MainConfig*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_mmx_module));
}

// Unique per worker start, so that no other worker's memory is taken for ours. Throws when the
// random source is broken: a worker without an id of its own must not count.
std::string make_worker_field()
{
    std::uint64_t id = 0;
    fill_random(std::span(reinterpret_cast<std::uint8_t*>(&id), sizeof(id)));
    std::array<char, 16> hex;
    char* end = std::to_chars(hex.data(), hex.data() + hex.size(), id, 16).ptr;
    return std::string(redis_keys::field::sequence_prefix).append(hex.data(), end);
}

}  // namespace

Worker::Worker(const MainConfig& config)
    : secrets(*config.secrets), metrics(MetricsZone::slot(config.metrics, ngx_worker)),
      settings(secrets, metrics),
      // Half of what a request may wait: a connection that hangs leaves time for another one.
      connection(*config.redis, config.redis_timeout / 2,
                 {.data = this,
                  .connected =
                      [](void* data) noexcept {
                          auto& self = *static_cast<Worker*>(data);
                          Metrics::add(self.metrics.redis_connects);
                          ngx::guard(ngx_cycle->log, 0, [&] { return self.handshake.greet(), 0; });
                      },
                  .lost =
                      [](void* data, RedisState why) noexcept {
                          auto& self = *static_cast<Worker*>(data);
                          Metrics::add(self.metrics.redis_losses);
                          self.show(why);
                          self.handshake.end();
                          self.commits.on_lost();
                      }}),
      handshake(*config.redis, connection, settings, this,
                [](void* data) noexcept {
                    auto& self = *static_cast<Worker*>(data);
                    self.show(RedisState::ready);
                    self.commits.on_ready();
                }),
      commits(connection, handshake, settings, metrics,
              {.on = config.credit != 0,
               .horizon_us = static_cast<std::int64_t>(config.credit_horizon) * 1000,
               .lease_us = static_cast<std::int64_t>(config.credit_lease) * 1000},
              ledger_memory(config.ledger), config.keys_max, config.redis_timeout,
              make_worker_field())
{
    metrics.worker_pid = static_cast<std::uint64_t>(ngx_pid);
    show(RedisState::connecting);
    metrics.waiting = 0;
    metrics.has_master = 0;
    metrics.credit_keys = 0;
    connection.wake();
}

Worker::~Worker()
{
    commits.log_unsettled();
    show(RedisState::connecting);
    metrics.show(metrics.waiting, 0);
    metrics.show(metrics.has_master, 0);
    metrics.show(metrics.credit_keys, 0);
}

void Worker::show(RedisState state) noexcept
{
    metrics.show(metrics.redis_state, static_cast<std::uint64_t>(state));
}

Worker* Worker::current() noexcept
{
    return worker.get();
}

// Also called in the cache manager and loader, which serve no requests, but were forked from the
// master that derived the keys. nginx has just made the process dumpable again.
ngx_int_t start_worker(ngx_cycle_t* cycle) noexcept
{
    const MainConfig* config = main_config(cycle);
    if (config != nullptr && config->used != 0) {
        keep_memory_private();
    }
    if (config == nullptr ||
        (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
        return NGX_OK;
    }
    return ngx::guard(cycle->log, ngx_int_t{NGX_ERROR}, [&] {
        start_looking_up(cycle, MetricsZone::slot(config->metrics, ngx_worker));
        if (config->used != 0) {
            worker = std::make_unique<Worker>(*config);
            mask_master_in_logs(&worker->settings);
        }
        return ngx_int_t{NGX_OK};
    });
}

void stop_worker(ngx_cycle_t*) noexcept
{
    mask_master_in_logs(nullptr);
    worker.reset();
    stop_looking_up();
}

}  // namespace mmx::gate
