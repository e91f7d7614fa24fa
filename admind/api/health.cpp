#include "api/health.hpp"

#include <nlohmann/json.hpp>

#include "base/version.hpp"

namespace mmx::admin {

Response get_health(Call& call)
{
    std::string_view redis = "ok";
    try {
        call.store();
    } catch (const Error& error) {
        redis = error.code() == ErrorCode::not_initialized ? "not_initialized"
                : error.code() == ErrorCode::wrong_secret  ? "wrong_secret"
                                                           : "unavailable";
    }
    const bool ok = redis == "ok";
    return json_response(
        {{"status", ok ? "ok" : "unavailable"}, {"redis", redis}, {"version", version}},
        ok ? 200 : 503);
}

}  // namespace mmx::admin
