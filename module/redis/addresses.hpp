#pragma once

// Where Redis is, as this worker knows it: at first what was found when the configuration was read.
// A name is looked up again whenever a connection is to be made, so a Redis that moved is found.
//
// As the system does it: /etc/hosts first, then DNS, by nginx' own resolver, which does not block
// and keeps each answer for its time to live. What was known stays while nobody knows better.

#include <cstddef>
#include <string>
#include <vector>

#include "base/ngx.hpp"
#include "redis/target.hpp"

namespace mmx::gate {

inline constexpr ngx_msec_t look_up_interval_ms = 1000;  // from the start of one to the next
inline constexpr ngx_msec_t look_up_timeout_ms = 2000;

class RedisAddresses {
public:
    // Told of the end of a look-up. changed: there are others than before.
    struct Events {
        void* data;
        void (*looked_up)(void* data, bool changed) noexcept;
    };

    RedisAddresses(const RedisTarget& target, Events events);
    RedisAddresses(const RedisAddresses&) = delete;
    RedisAddresses& operator=(const RedisAddresses&) = delete;
    ~RedisAddresses();

    // Begins a look-up, unless one is under way or was begun just now. True when an answer is to be
    // waited for; one that is at hand has been told of within the call.
    bool look_up() noexcept;

    // The addresses in turn; null while none is known.
    const RedisAddress* next() noexcept;
    bool has(const RedisAddress& address) const noexcept;

private:
    bool read_hosts();
    bool ask();
    void on_answer(ngx_resolver_ctx_t& answer);
    void take(std::vector<RedisAddress> found);
    void note_failure(const char* why) noexcept;

    const RedisTarget& target_;
    Events events_;
    std::vector<RedisAddress> known_;
    std::size_t next_ = 0;

    ngx_resolver_ctx_t* under_way_ = nullptr;
    std::string asked_name_;  // nginx writes into it
    std::size_t asked_ = 0;   // which of the target's names that is
    ngx_msec_t begun_ms_ = 0;
    bool begun_ = false, failing_ = false;
};

}  // namespace mmx::gate
