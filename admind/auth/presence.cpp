#include "auth/presence.hpp"

#include "base/error.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {

void require_present(Store& store, const Principal& principal)
{
    const std::string name = principal.is_token ? redis_keys::token(principal.token)
                                                : redis_keys::session(principal.session);
    if (store.redis().call(Command{"EXISTS", name}).integer == 0) {
        throw Error(ErrorCode::unauthenticated, "the session or token has ended: log in again");
    }
}

}  // namespace mmx::admin
