#include "redis/pool.hpp"

#include "base/error.hpp"

namespace mmx::admin {

RedisPool::Lease::~Lease()
{
    pool_->take_back(std::move(client_));
}

RedisPool::RedisPool(RedisUrl url, std::function<SecretText()> password)
    : url_(std::move(url)), password_(std::move(password))
{
    idle_.reserve(pool_connections_max);
}

// With the lock held.
void RedisPool::refuse_while_failing()
{
    if (failing_ && Clock::now() < next_try_) {
        throw Error(ErrorCode::redis_unavailable, why_);
    }
}

void RedisPool::note_failure(std::string why)
{
    failing_ = true;
    next_try_ = Clock::now() + pool_pause;
    why_ = std::move(why);
    // Those that idle are most likely as dead, and would each cost a request its timeout.
    idle_.clear();
}

std::unique_ptr<RedisPool::Lease> RedisPool::lease()
{
    std::unique_ptr<RedisClient> client;
    {
        std::unique_lock lock(mutex_);
        refuse_while_failing();
        if (!freed_.wait_for(lock, lease_wait_max, [&] { return lent_ < pool_connections_max; })) {
            throw Error(ErrorCode::redis_unavailable,
                        "all connections to Redis are busy: try again");
        }
        refuse_while_failing();
        lent_++;
        if (failing_) {  // this is the one that tries, with a connection of its own
            idle_.clear();
            next_try_ = Clock::now() + daemon_timeouts.connect + daemon_timeouts.reply;
        }
        while (!idle_.empty() && !client) {
            client = std::move(idle_.back());
            idle_.pop_back();
            if (!client->is_usable()) {
                client.reset();
            }
        }
    }
    auto lease = std::make_unique<Lease>(*this, client ? std::move(client) : connect());
    lease->client().require_primary(pool_role_age);
    return lease;
}

std::unique_ptr<RedisClient> RedisPool::connect()
{
    try {
        auto client = std::make_unique<RedisClient>(url_, password_().view(), daemon_timeouts);
        const std::scoped_lock lock(mutex_);
        failing_ = false;
        return client;
    } catch (const Error& error) {
        const std::scoped_lock lock(mutex_);
        lent_--;
        note_failure(error.what());
        freed_.notify_one();
        throw Error(ErrorCode::redis_unavailable, error.what());
    }
}

void RedisPool::take_back(std::unique_ptr<RedisClient> client) noexcept
{
    const bool failed = client->has_failed();
    const bool usable = client->is_usable();
    const std::scoped_lock lock(mutex_);
    lent_--;
    if (failed) {
        note_failure(client->why() + ": try again in a moment");
    } else if (usable) {
        idle_.push_back(std::move(client));
    }
    freed_.notify_one();
}

}  // namespace mmx::admin
