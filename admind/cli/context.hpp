#pragma once

// What a command's handler works with.

#include <memory>
#include <string_view>

#include "base/config.hpp"
#include "format/json.hpp"
#include "host/secret_text.hpp"
#include "store/deployment.hpp"

namespace mmx::admin {

struct AdminApi;

// Opens each thing when it is first asked for.
class Context {
public:
    // The API outlives this.
    Context(Config config, const AdminApi& api);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Config& config() const noexcept { return config_; }
    const AdminApi& api() const noexcept { return api_; }
    RedisClient& redis();
    SecretText redis_password() const;  // of the password file, else of the URL
    const Secrets& secrets();
    Store& store() { return deployment_.store(); }          // was set up with this secret
    Store& raw_store() { return deployment_.raw_store(); }  // for init: nothing was verified

    // The settings' zone, and today in it by Redis' clock.
    const Calendar& calendar() { return deployment_.calendar(); }
    std::int64_t now() { return deployment_.now(); }
    QuotaDay today() { return deployment_.today(); }

    // Prints the one or the other. Throws when standard output takes nothing.
    void print(const Json& json, std::string_view text) const;

private:
    Config config_;
    const AdminApi& api_;
    std::unique_ptr<RedisClient> redis_;
    std::unique_ptr<Secrets> secrets_;
    Deployment deployment_;
};

}  // namespace mmx::admin
