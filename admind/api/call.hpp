#pragma once

// One request on its way through a handler: what was asked, by whom, and what to answer with. Redis
// is leased when it is first needed and given back with the call.

#include <memory>
#include <optional>

#include "auth/principal.hpp"
#include "daemon/daemon.hpp"
#include "http/body.hpp"
#include "http/message.hpp"
#include "lib/calendar.hpp"
#include "store/store.hpp"

namespace mmx::admin {

class Call {
public:
    Call(Daemon& daemon, const Request& request) : daemon_(daemon), request_(request) {}

    Daemon& daemon() noexcept { return daemon_; }
    const Request& request() const noexcept { return request_; }

    // The text in the place of the pattern's {…}; empty when it has none.
    const std::string& parameter() const noexcept { return parameter_; }
    void set_parameter(std::string text) { parameter_ = std::move(text); }

    // Set for every route that is not open.
    const std::optional<Principal>& principal() const noexcept { return principal_; }
    void set_principal(Principal principal) { principal_ = std::move(principal); }

    RedisClient& redis();
    Store& store();  // of a Redis that was set up with our secret; acts for the principal
    const Settings& settings();  // as they were when this call first asked
    const Calendar& calendar();
    std::int64_t now();  // Redis' clock when this call first asked
    QuotaDay today() { return calendar().day_at(now()); }

    // The body or the query, to be asked for members or parameters and then to be finished.
    Body& body();
    Query& query();

    // Gives the connection back before something that takes long without it. What store(), redis()
    // and the like returned must not be used any more; a later call leases again.
    void release_redis() noexcept;

private:
    Daemon& daemon_;
    const Request& request_;
    std::string parameter_;
    std::optional<Principal> principal_;
    std::unique_ptr<RedisPool::Lease> lease_;
    std::unique_ptr<Store> store_;
    std::optional<Settings> settings_;
    std::optional<Calendar> calendar_;
    std::optional<std::int64_t> now_;
    std::optional<Body> body_;
    std::optional<Query> query_;
};

}  // namespace mmx::admin
