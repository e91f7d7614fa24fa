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
#include "store/deployment.hpp"
#include "store/settings.hpp"
#include "store/store.hpp"

namespace mmx::admin {

class Call {
public:
    Call(Daemon& daemon, const Request& request);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    Daemon& daemon() noexcept { return daemon_; }
    const Request& request() const noexcept { return request_; }

    // The text in the place of the pattern's {…}; empty when it has none.
    const std::string& parameter() const noexcept { return parameter_; }
    void set_parameter(std::string text) { parameter_ = std::move(text); }

    // Set for every route that is not open.
    const std::optional<Principal>& principal() const noexcept { return principal_; }
    void set_principal(Principal principal) { principal_ = std::move(principal); }

    RedisClient& redis();
    Store& store() { return deployment_.store(); }  // acts for the principal
    const Settings& settings() { return deployment_.settings(); }
    const Calendar& calendar() { return deployment_.calendar(); }
    std::int64_t now() { return deployment_.now(); }
    QuotaDay today() { return deployment_.today(); }

    // The body or the query, to be asked for members or parameters and then to be finished.
    Body& body();
    Query& query();

    // Gives the connection back before something that takes long without it. What store(), redis()
    // and the like returned must not be used any more; a later call leases again.
    void release_redis() noexcept;

private:
    Store open_store();

    Daemon& daemon_;
    const Request& request_;
    std::string parameter_;
    std::optional<Principal> principal_;
    std::unique_ptr<RedisPool::Lease> lease_;
    Deployment deployment_;
    std::optional<Body> body_;
    std::optional<Query> query_;
};

}  // namespace mmx::admin
