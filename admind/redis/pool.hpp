#pragma once

// The daemon's connections to Redis, lent to one request each. At most pool_connections_max; who
// finds none free waits, but never longer than lease_wait_max. After a failure nobody tries again
// for pool_pause: with Redis down every request is refused at once. The same holds for a Redis that
// has become a replica or is loading: at the latest pool_role_age after it did, its connections are
// dropped, and each new one looks the name up and reads the password again.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/secret_text.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

inline constexpr std::size_t pool_connections_max = 8;
inline constexpr std::chrono::milliseconds lease_wait_max{2000};
inline constexpr std::chrono::milliseconds pool_pause{1000};
inline constexpr std::chrono::milliseconds pool_role_age{1000};  // then it is asked again
inline constexpr RedisTimeouts daemon_timeouts{.connect = std::chrono::milliseconds(1000),
                                               .reply = std::chrono::milliseconds(3000)};

class RedisPool {
public:
    // A connection for as long as it lives; must not outlive the pool.
    class Lease {
    public:
        Lease(RedisPool& pool, std::unique_ptr<RedisClient> client) noexcept
            : pool_(&pool), client_(std::move(client))
        {
        }
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        RedisClient& client() noexcept { return *client_; }

    private:
        RedisPool* pool_;
        std::unique_ptr<RedisClient> client_;
    };

    // password is asked for each connection; what it throws is a failure to connect.
    RedisPool(RedisUrl url, std::function<SecretText()> password);
    RedisPool(const RedisPool&) = delete;
    RedisPool& operator=(const RedisPool&) = delete;

    // Throws Error{redis_unavailable}.
    std::unique_ptr<Lease> lease();

private:
    using Clock = std::chrono::steady_clock;

    std::unique_ptr<RedisClient> connect();
    void take_back(std::unique_ptr<RedisClient> client) noexcept;
    void refuse_while_failing();
    void note_failure(std::string why);

    RedisUrl url_;
    std::function<SecretText()> password_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable freed_;
    std::vector<std::unique_ptr<RedisClient>> idle_;
    std::size_t lent_ = 0;
    bool failing_ = false;
    Clock::time_point next_try_{};  // while failing
    std::string why_;
};

}  // namespace mmx::admin
