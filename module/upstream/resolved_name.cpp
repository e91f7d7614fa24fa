#include "upstream/resolved_name.hpp"

#include <algorithm>
#include <utility>

#include "upstream/kept_addresses.hpp"

namespace mmx::gate {
namespace {

// As wide as DNS gives them, each once, in an order that does not change with every answer.
std::vector<Address> addresses_in(const ngx_resolver_ctx_t& answer, in_port_t port)
{
    std::vector<Address> found;
    for (ngx_uint_t i = 0; i < answer.naddrs; ++i) {
        Address address = Address::of(answer.addrs[i].sockaddr, answer.addrs[i].socklen, port);
        if (address.length != 0) {
            found.push_back(address);
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.size() > addresses_max) {
        found.resize(addresses_max);
    }
    return found;
}

// nginx's cache gives the old answer for the whole of its last second.
ngx_msec_t until_over(time_t valid) noexcept
{
    auto seconds = static_cast<ngx_msec_t>(std::max<time_t>(valid - ngx_time() + 1, 0));
    return std::clamp(seconds * 1000, look_up_min_ms, look_up_max_ms);
}

}  // namespace

ResolvedName::ResolvedName(const UpstreamConfig& config, Metrics& metrics)
    : config_(config), metrics_(metrics),
      addresses_(std::make_shared<AddressSet>(std::vector<Address>(), config.text, nullptr))
{
    if (config.fixed != nullptr) {
        use({Address::of(config.fixed->sockaddr, config.fixed->socklen, config.port)});
        return;
    }
    timer_.set_cancelable(true);
    use(KeptAddresses(config.kept).read());
    look_up();
}

ResolvedName::~ResolvedName()
{
    if (asked_ != nullptr) {
        ngx_resolve_name_done(asked_);
    }
}

void ResolvedName::look_up()
{
    ngx_resolver_ctx_t* question = ngx_resolve_start(config_.resolver, nullptr);
    if (question == nullptr || question == NGX_NO_RESOLVER) {
        return on_failure("out of memory");
    }
    question->name = config_.host;
    question->data = this;
    question->timeout = config_.resolver_timeout;
    question->cancelable = 1;  // a worker that quits does not wait for it
    question->handler = [](ngx_resolver_ctx_t* answer) {
        auto& self = *static_cast<ResolvedName*>(answer->data);
        ngx::guard(ngx_cycle->log, 0, [&] { return self.on_answer(*answer), 0; });
        self.asked_ = nullptr;
        ngx_resolve_name_done(answer);
    };
    asked_ = question;
    if (ngx_resolve_name(question) != NGX_OK) {  // which has freed it
        asked_ = nullptr;
        on_failure("out of memory");
    }
}

void ResolvedName::on_answer(ngx_resolver_ctx_t& answer)
{
    timer_.start(look_up_again_max_ms);  // should anything below throw
    if (answer.state != NGX_OK) {
        return on_failure(ngx_resolver_strerror(answer.state));
    }
    std::vector<Address> found = addresses_in(answer, config_.port);
    if (found.empty()) {
        return on_failure("it has no address");
    }
    if (std::exchange(again_ms_, 0) != 0) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "mmx: %V is looked up again",
                      &config_.host);
    }
    timer_.start(until_over(answer.valid));
    if (found != addresses_->addresses()) {
        KeptAddresses(config_.kept).write(found);
        use(std::move(found));
    }
}

void ResolvedName::on_failure(const char* why) noexcept
{
    again_ms_ = std::clamp(again_ms_ * 2, look_up_again_min_ms, look_up_again_max_ms);
    timer_.start(again_ms_);
    Metrics::add(metrics_.upstream_look_up_failures);
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "mmx: %V could not be looked up (%s), %uz known addresses stay in use, next try "
                  "in %M ms",
                  &config_.host, why, addresses_->addresses().size(), again_ms_);
}

void ResolvedName::use(std::vector<Address> addresses)
{
    addresses_ = std::make_shared<AddressSet>(std::move(addresses), config_.text, addresses_.get());
}

}  // namespace mmx::gate
