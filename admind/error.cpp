#include "error.hpp"

namespace mmx {

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
    case ErrorCode::output: return "output";
    case ErrorCode::internal: return "internal";
    }
    return "internal";
}

}  // namespace mmx
