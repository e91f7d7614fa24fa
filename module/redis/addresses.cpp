#include "redis/addresses.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

#include "lib/name_files.hpp"

namespace mmx::gate {
namespace {

constexpr const char* hosts_file = "/etc/hosts";

}  // namespace

RedisAddresses::RedisAddresses(const RedisTarget& target, Events events)
    : target_(target), events_(events), known_(target.addresses)
{
}

RedisAddresses::~RedisAddresses()
{
    if (under_way_ != nullptr) {
        ngx_resolve_name_done(under_way_);
    }
}

bool RedisAddresses::look_up() noexcept
{
    const bool just_now = begun_ && ngx_current_msec - begun_ms_ < look_up_interval_ms;
    if (target_.host.empty() || under_way_ != nullptr || just_now) {
        return false;
    }
    begun_ = true;
    begun_ms_ = ngx_current_msec;
    return ngx::guard(ngx_cycle->log, false, [&] {
        if (read_hosts() || target_.resolver == nullptr) {
            return false;
        }
        asked_ = 0;
        return ask();
    });
}

// The file is small and at hand: it is read anew each time, and what is changed in it holds.
bool RedisAddresses::read_hosts()
{
    std::ifstream stream(hosts_file);
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    std::vector<RedisAddress> found;
    for (const std::string& address : addresses_in_hosts(text, target_.host)) {
        if (auto parsed = RedisAddress::parse(address, target_.port)) {
            found.push_back(std::move(*parsed));
        }
    }
    if (found.empty()) {
        return false;
    }
    take(std::move(found));
    return true;
}

// True when the answer is to be waited for.
bool RedisAddresses::ask()
{
    ngx_resolver_ctx_t* question = ngx_resolve_start(target_.resolver, nullptr);
    if (question == nullptr || question == NGX_NO_RESOLVER) {
        return false;
    }
    asked_name_ = target_.names_to_ask[asked_];
    question->name = ngx::borrow(asked_name_);
    question->data = this;
    question->timeout = look_up_timeout_ms;
    question->cancelable = 1;
    question->handler = [](ngx_resolver_ctx_t* answer) {
        auto* self = static_cast<RedisAddresses*>(answer->data);
        ngx::guard(ngx_cycle->log, 0, [&] { return self->on_answer(*answer), 0; });
    };
    under_way_ = question;
    if (ngx_resolve_name(question) != NGX_OK) {  // it is gone then
        under_way_ = nullptr;
    }
    return under_way_ != nullptr;
}

void RedisAddresses::on_answer(ngx_resolver_ctx_t& answer)
{
    const ngx_int_t state = answer.state;
    std::vector<RedisAddress> found;
    if (state == NGX_OK) {
        for (const ngx_resolver_addr_t& address : std::span(answer.addrs, answer.naddrs)) {
            found.push_back(RedisAddress::of_host(address.sockaddr, address.socklen, target_.port));
        }
    }
    under_way_ = nullptr;
    ngx_resolve_name_done(&answer);

    if (!found.empty()) {
        return take(std::move(found));
    }
    if (state == NGX_RESOLVE_NXDOMAIN && asked_ + 1 < target_.names_to_ask.size()) {
        ++asked_;
        ask();
        return;
    }
    note_failure(ngx_resolver_strerror(state));
    events_.looked_up(events_.data, false);
}

// Where the same addresses are said in another order, their turns go on.
void RedisAddresses::take(std::vector<RedisAddress> found)
{
    failing_ = false;
    const bool changed =
        !std::is_permutation(known_.begin(), known_.end(), found.begin(), found.end());
    if (changed) {
        known_ = std::move(found);
        next_ = 0;
        ngx_str_t name = ngx::borrow(target_.name), where = ngx::borrow(known_.front().text);
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "mmx: redis %V: found at %V%s", &name,
                      &where, known_.size() > 1 ? " and others" : "");
    }
    events_.looked_up(events_.data, changed);
}

// Told once for all look-ups that fail in a row.
void RedisAddresses::note_failure(const char* why) noexcept
{
    if (std::exchange(failing_, true)) {
        return;
    }
    ngx_str_t name = ngx::borrow(target_.name);
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "mmx: redis %V: its name could not be looked up: %s%s", &name, why,
                  known_.empty() ? "" : "; what was known of it holds on");
}

const RedisAddress* RedisAddresses::next() noexcept
{
    return known_.empty() ? nullptr : &known_[next_++ % known_.size()];
}

bool RedisAddresses::has(const RedisAddress& address) const noexcept
{
    return std::find(known_.begin(), known_.end(), address) != known_.end();
}

}  // namespace mmx::gate
