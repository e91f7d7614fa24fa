#include "commits/recalls.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "lib/limits.hpp"
#include "lib/redis_refusal.hpp"

namespace mmx::gate {

static_assert(2 * (recalls_max + 1) <= resp::elements_max);

Recalls::Recalls(Committing& worker, Holder holder) noexcept : worker_(worker), holder_(holder) {}

void Recalls::begin()
{
    if (!timer_.running()) {
        timer_.start(recalls_interval_ms);
        ask();
    }
}

void Recalls::on_ready()
{
    heard_ = worker_.credit.on;
    last_.clear();
    last_name_.clear();
    if (heard_) {
        announce();
        ask();
    }
}

void Recalls::poll()
{
    if (!holder_.holds(holder_.data)) {
        return;
    }
    if (ngx_exiting && !std::exchange(quits_, true)) {  // none is lent any more
        holder_.recall_all(holder_.data);
        worker_.connection.wake();  // nginx may have closed it when it was told to quit
    }
    ask();
    worker_.connection.flush();
    timer_.start(recalls_interval_ms);
}

// Newest first, down to the last that was heard, and one more than is taken: where there are more
// nobody needs their names. On a new connection only the newest: what was called back before is not
// known then.
void Recalls::ask()
{
    if (asked_ || !heard_ || !worker_.handshake.ready()) {
        return;
    }
    asked_us_ = monotonic_us();
    const std::string floor = last_.empty() ? "-inf" : last_;
    const std::string count = std::to_string(last_.empty() ? 1 : recalls_max + 1);
    resp::append_command(worker_.connection.output(),
                         {"ZREVRANGEBYSCORE", redis_keys::recalls, "+inf", floor, "WITHSCORES",
                          "LIMIT", "0", count});
    worker_.connection.expect(*this);
    owed_.push_back({.kind = Kind::names});
    asked_ = true;
    if (worker_.settings.now() - announced_at_ >= announced_s) {
        announce();
    }
}

// Whoever changes a key and cannot see credit come back waits for the longest lease.
void Recalls::announce()
{
    announced_at_ = worker_.settings.now();
    resp::append_command(worker_.connection.output(),
                         {"ZADD", redis_keys::leases, std::to_string(announced_at_),
                          std::to_string(worker_.credit.lease_us / 1000)});
    worker_.connection.expect(*this);
    owed_.push_back({.kind = Kind::announced});
}

void Recalls::call_back(const KeyId& id, std::int64_t loan)
{
    if (worker_.handshake.ready()) {  // else whoever waits asks again
        send_call("EVALSHA", worker_.handshake.recall_script().sha,
                  {.kind = Kind::called_back, .id = id, .loan = loan});
    }
}

void Recalls::send_call(std::string_view verb, std::string_view script, const Owed& call)
{
    resp::append_command(worker_.connection.output(), {verb, script, "2", redis_keys::recalls,
                                                       redis_keys::leases, call.id.view()});
    worker_.connection.expect(*this);
    owed_.push_back(call);
}

void Recalls::on_reply(const resp::Reply& reply) noexcept
{
    if (owed_.empty()) {
        return;
    }
    const Owed owed = owed_.front();
    owed_.pop_front();
    if (owed.kind == Kind::names) {
        asked_ = false;
    }
    ngx::guard(ngx_cycle->log, 0, [&] { return take(owed, reply), 0; });
}

void Recalls::take(const Owed& owed, const resp::Reply& reply)
{
    const std::string_view error = reply.error();
    if (owed.kind == Kind::called_back && refusal_of(error) == RedisRefusal::no_script) {
        send_call("EVAL", worker_.handshake.recall_script().text, owed);
    } else if (!error.empty()) {
        refuse(error);
    } else if (owed.kind == Kind::names) {
        take_names(reply);
    } else if (owed.kind == Kind::called_back) {
        holder_.called_back(holder_.data, owed.id, owed.loan,
                            std::max(worker_.credit.lease_us, lease_told(reply.text(0)) * 1000));
    }
}

void Recalls::on_lost() noexcept
{
    owed_.clear();
    asked_ = false;
}

void Recalls::take_names(const resp::Reply& reply)
{
    const auto elements = reply.type() == resp::Type::array ? reply.elements().size() : 1;
    if (elements % 2 != 0) {
        return worker_.connection.fail(RedisState::lost, "answered out of step");
    }
    const std::int64_t newest_us =
        elements > 0 ? parse_limit(reply.text(1)).value_or(limit_max) : 0;
    if (newest_us > worker_.settings.now_us() + recall_ahead_max_us) {
        return distrust();
    }
    // The last that was heard is there still, or was called back again, unless somebody took names
    // away.
    bool goes_on = last_name_.empty();
    bool all = last_.empty() || elements > 2 * recalls_max;
    for (std::size_t i = 0; i < elements && !all; i += 2) {
        goes_on = goes_on || reply.text(i) == last_name_;
        if (reply.text(i + 1) == last_) {
            continue;
        }
        const auto id = KeyId::parse(reply.text(i));
        if (id) {
            holder_.recall(holder_.data, *id);
        }
        all = !id;
    }
    if (all || !goes_on) {
        holder_.recall_all(holder_.data);
    }
    distrusted_ = false;
    last_ = elements > 0 ? reply.text(1) : "0";
    last_name_ = elements > 0 ? reply.text(0) : "";
    // What was named gives back. The rest holds from when this was asked.
    leased_us_ = asked_us_ + static_cast<std::uint64_t>(worker_.credit.lease_us);
}

// A number that no recall can have: the next ones might stand below it, and would not be heard.
void Recalls::distrust() noexcept
{
    leased_us_ = 0;
    last_.clear();
    last_name_.clear();
    holder_.recall_all(holder_.data);
    if (!std::exchange(distrusted_, true)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: no credit: mmx:recalls holds a number that is none of ours; any change "
                      "of a key mends it");
    }
}

// Without word from Redis there is no credit: every request is counted by itself, as before, and
// what is left goes back.
void Recalls::refuse(std::string_view error) noexcept
{
    const RedisRefusal refusal = refusal_of(error);
    if (heard_ && (refusal == RedisRefusal::forbidden || refusal == RedisRefusal::other)) {
        heard_ = false;
        ngx_str_t said = ngx::borrow(error.substr(0, 200));
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "mmx: no credit: redis refuses to tell what is called back: %V; give the "
                      "gateway's user the rights of the shipped users.acl",
                      &said);
        holder_.recall_all(holder_.data);
    }
}

}  // namespace mmx::gate
