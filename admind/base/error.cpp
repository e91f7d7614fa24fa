#include "base/error.hpp"

namespace mmx::admin {

std::string_view error_code_name(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_input: return "invalid_input";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::ambiguous: return "ambiguous";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::not_initialized: return "not_initialized";
    case ErrorCode::wrong_secret: return "wrong_secret";
    case ErrorCode::secret_file: return "secret_file";
    case ErrorCode::config_file: return "config_file";
    case ErrorCode::not_configured: return "not_configured";
    case ErrorCode::sealed_value: return "sealed_value";
    case ErrorCode::confirmation: return "confirmation";
    case ErrorCode::redis_unavailable: return "redis_unavailable";
    case ErrorCode::redis_refused: return "redis_refused";
    case ErrorCode::outcome_unknown: return "outcome_unknown";
    case ErrorCode::audit_broken: return "audit_broken";
    case ErrorCode::common_password: return "common_password";
    case ErrorCode::output: return "output";
    case ErrorCode::invalid_json: return "invalid_json";
    case ErrorCode::unauthenticated: return "unauthenticated";
    case ErrorCode::invalid_credentials: return "invalid_credentials";
    case ErrorCode::csrf: return "csrf";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::session_required: return "session_required";
    case ErrorCode::scope_missing: return "scope_missing";
    case ErrorCode::beyond_maker: return "beyond_maker";
    case ErrorCode::method_not_allowed: return "method_not_allowed";
    case ErrorCode::changed_meanwhile: return "changed_meanwhile";
    case ErrorCode::last_admin: return "last_admin";
    case ErrorCode::payload_too_large: return "payload_too_large";
    case ErrorCode::head_too_large: return "head_too_large";
    case ErrorCode::uri_too_long: return "uri_too_long";
    case ErrorCode::unsupported_media_type: return "unsupported_media_type";
    case ErrorCode::too_many_requests: return "too_many_requests";
    case ErrorCode::internal: return "internal";
    }
    return "internal";
}

}  // namespace mmx::admin
