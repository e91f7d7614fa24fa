#include "api/call.hpp"

namespace mmx::admin {

RedisClient& Call::redis()
{
    if (!lease_) {
        lease_ = daemon_.pool.lease();
    }
    return lease_->client();
}

Store& Call::store()
{
    if (!store_) {
        auto store = std::make_unique<Store>(redis(), daemon_.secrets,
                                             principal_ ? principal_->actor() : "anonymous",
                                             request_.address);
        store->require_initialized();
        store_ = std::move(store);
    }
    return *store_;
}

const Settings& Call::settings()
{
    if (!settings_) {
        settings_ = store().settings();
    }
    return *settings_;
}

const Calendar& Call::calendar()
{
    if (!calendar_) {
        calendar_ = load_calendar(settings());
    }
    return *calendar_;
}

std::int64_t Call::now()
{
    if (!now_) {
        now_ = store().now();
    }
    return *now_;
}

Body& Call::body()
{
    if (!body_) {
        body_.emplace(parse_json_object(request_.body));
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
    store_.reset();
    lease_.reset();
}

}  // namespace mmx::admin
