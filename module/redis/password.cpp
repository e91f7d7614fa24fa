#include "redis/password.hpp"

#include <utility>

#include "host/guarded_file.hpp"

namespace mmx::gate {

bool RedisPassword::renew()
{
    if (target_.password_file.empty()) {
        return false;
    }
    Result<SecretText> read = read_password_file(target_.password_file);
    if (!read) {
        if (!std::exchange(told_, true)) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "mmx: Redis' password may have changed, but a worker cannot read it: %s; "
                          "reload nginx, which reads it as root",
                          read.fault().c_str());
        }
        return false;
    }
    if (*read == view()) {
        return false;
    }
    renewed_ = std::move(*read);
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "mmx: Redis' password was read again");
    return true;
}

}  // namespace mmx::gate
