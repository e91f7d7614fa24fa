#include "api/call.hpp"

#include <nlohmann/json.hpp>

#include "auth/presence.hpp"

namespace mmx::admin {

Call::Call(Daemon& daemon, const Request& request)
    : daemon_(daemon), request_(request), deployment_([this] { return open_store(); })
{
}

// What is asked for under a session or token is not done once that has ended.
Store Call::open_store()
{
    Store store(redis(), daemon_.secrets, principal_ ? principal_->actor() : "anonymous",
                request_.address);
    if (principal_) {
        store.set_condition([this](Store& asked) { require_present(asked, *principal_); });
    }
    return store;
}

RedisClient& Call::redis()
{
    if (!lease_) {
        lease_ = daemon_.pool.lease();
    }
    return lease_->client();
}

Body& Call::body()
{
    if (!body_) {
        const SecretText text = request_.take_body ? request_.take_body() : SecretText();
        body_.emplace(parse_json_object(text.view()));
    }
    return *body_;
}

Query& Call::query()
{
    if (!query_) {
        query_.emplace(request_.target.query);
    }
    return *query_;
}

void Call::release_redis() noexcept
{
    deployment_.close();
    lease_.reset();
}

}  // namespace mmx::admin
