#include "cli/context.hpp"

#include <iostream>

#include "base/error.hpp"
#include "host/guarded_file.hpp"

namespace mmx::admin {

Context::Context(Config config, const AdminApi& api)
    : config_(std::move(config)), api_(api), deployment_([this] {
          const Secrets& secrets = this->secrets();
          return Store(redis(), secrets, cli_actor());
      })
{
}

SecretText Context::redis_password() const
{
    if (config_.redis_password_file.empty()) {
        return config_.redis_password.copy();
    }
    Result<SecretText> password = read_password_file(config_.redis_password_file);
    if (!password) {
        throw Error(ErrorCode::secret_file, password.fault());
    }
    return std::move(*password);
}

RedisClient& Context::redis()
{
    if (!redis_) {
        redis_ = std::make_unique<RedisClient>(config_.redis, redis_password().view());
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
