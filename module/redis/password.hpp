#pragma once

// Redis' password as this worker has it: as it was when the configuration was read, or as its file
// says since. The master may read a file that the worker may not.

#include <string>
#include <string_view>

#include "base/ngx.hpp"
#include "host/secret_text.hpp"
#include "redis/target.hpp"

namespace mmx::gate {

class RedisPassword {
public:
    explicit RedisPassword(const RedisTarget& target) : target_(target) {}

    std::string_view view() const noexcept
    {
        return renewed_.empty() ? target_.password.view() : renewed_.view();
    }

    // Redis has refused it: reads its file again. True when there is another one now. What keeps us
    // from reading is told once, with what to do, until accepted().
    bool renew();
    void accepted() noexcept { told_ = false; }

private:
    const RedisTarget& target_;
    SecretText renewed_;
    bool told_ = false;
};

}  // namespace mmx::gate
