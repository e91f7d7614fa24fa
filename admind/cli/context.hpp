#pragma once

// What a command's handler works with.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/config.hpp"
#include "format/json.hpp"
#include "store/store.hpp"

namespace mmx::admin {

struct AdminApi;

// Opens each thing when it is first asked for.
class Context {
public:
    // The API outlives this.
    Context(Config config, const AdminApi& api) : config_(std::move(config)), api_(api) {}

    const Config& config() const noexcept { return config_; }
    const AdminApi& api() const noexcept { return api_; }
    RedisClient& redis();
    std::string redis_password() const;  // of the password file, else of the URL
    const Secrets& secrets();
    Store& store();      // of a Redis that was set up with this secret
    Store& raw_store();  // for init and check: nothing was verified

    // The settings' zone, and today in it by Redis' clock.
    const Calendar& calendar();
    std::int64_t now();
    QuotaDay today() { return calendar().day_at(now()); }

    // Prints the one or the other. Throws when standard output takes nothing.
    void print(const Json& json, std::string_view text) const;

private:
    Config config_;
    const AdminApi& api_;
    std::unique_ptr<RedisClient> redis_;
    std::unique_ptr<Secrets> secrets_;
    std::unique_ptr<Store> store_;
    std::optional<Calendar> calendar_;
    bool verified_ = false;
};

}  // namespace mmx::admin
