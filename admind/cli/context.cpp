#include "cli/context.hpp"

#include <iostream>

#include "base/error.hpp"

namespace mmx::admin {

std::string Context::redis_password() const
{
    return config_.redis_password_file.empty() ? config_.redis.password
                                               : read_password_file(config_.redis_password_file);
}

RedisClient& Context::redis()
{
    if (!redis_) {
        std::string password = redis_password();
        redis_ = std::make_unique<RedisClient>(config_.redis, password);
        wipe(password);
        wipe(config_.redis.password);
    }
    return *redis_;
}

const Secrets& Context::secrets()
{
    if (!secrets_) {
        secrets_.reset(new Secrets(Secrets::load(config_.secret_file)));
    }
    return *secrets_;
}

Store& Context::raw_store()
{
    if (!store_) {
        const Secrets& secrets = this->secrets();
        store_ = std::make_unique<Store>(redis(), secrets, cli_actor());
    }
    return *store_;
}

Store& Context::store()
{
    Store& store = raw_store();
    if (!verified_) {
        store.require_initialized();
        verified_ = true;
    }
    return store;
}

const Calendar& Context::calendar()
{
    if (!calendar_) {
        calendar_ = load_calendar(store().settings());
    }
    return *calendar_;
}

std::int64_t Context::now()
{
    return store().now();
}

void Context::print(const Json& json, std::string_view text) const
{
    if (config_.json) {
        std::cout << to_text(json) << '\n';
    } else {
        std::cout << text;
    }
    std::cout.flush();
    if (!std::cout) {
        throw Error(ErrorCode::output, "cannot write to standard output");
    }
}

}  // namespace mmx::admin
