#pragma once

// What stops a command: a stable code for scripts and a sentence for people, without a full stop.
// The sentence never holds a secret.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mmx::admin {

enum class ErrorCode {
    invalid_argument,   // a wrong option, command or value: exit status 2
    invalid_input,      // wrong content of a file or of standard input
    not_found,          // no such key, no such file
    ambiguous,          // a short id that fits several keys
    conflict,           // exists already, or changed while we worked
    not_initialized,    // `mmx-admind init` has not been run on this Redis
    wrong_secret,       // the secret file is not the one this Redis was initialized with
    secret_file,        // missing, unreadable, or with the wrong mode, owner or size
    config_file,        // missing, unreadable, or with wrong content
    not_configured,     // something that has to be set first
    sealed_value,       // a sealed value was cut, altered or moved
    confirmation,       // a question that nobody can answer
    redis_unavailable,  // no connection, no answer, or an answer that makes no sense
    redis_refused,      // Redis answered with an error
    outcome_unknown,    // the connection was lost while a change was on its way
    audit_broken,       // the audit trail was altered
    common_password,    // a new password that is guessed first
    output,             // standard output could not be written

    // Of the admin API alone.
    invalid_json,            // a body that is no JSON object, or repeats a member
    unauthenticated,         // nobody, or somebody whose session or token has ended
    invalid_credentials,     // a wrong password, set-up token or gateway key
    csrf,                    // a write that may come from another site's page
    forbidden,               // the role does not allow it
    session_required,        // no API token may do it, only a person's session
    scope_missing,           // the API token lacks the scope
    beyond_maker,            // a token would get more than the token has that makes it
    method_not_allowed,      // the path takes others
    changed_meanwhile,       // not as the request's If-Match expects it
    last_admin,              // there would be no admin left
    payload_too_large,       // a body beyond body_length_max
    head_too_large,          // a request's line and headers beyond request_head_max
    uri_too_long,            // a path or a query beyond its bound
    unsupported_media_type,  // a body that does not call itself application/json
    too_many_requests,       // throttled; retry_after_s says for how long
    internal,
};

class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, std::string field = {})
        : std::runtime_error(message), code_(code), field_(std::move(field))
    {
    }

    // Throttled: may be tried again after so many seconds, at least one.
    static Error too_many(const std::string& message, std::int64_t retry_after_s)
    {
        Error error(ErrorCode::too_many_requests, message);
        error.retry_after_s_ = retry_after_s;
        return error;
    }

    ErrorCode code() const noexcept { return code_; }
    const std::string& field() const noexcept { return field_; }  // what is wrong, or empty
    std::int64_t retry_after_s() const noexcept { return retry_after_s_; }  // 0: nothing to say
    int exit_status() const noexcept { return code_ == ErrorCode::invalid_argument ? 2 : 1; }

private:
    ErrorCode code_;
    std::string field_;
    std::int64_t retry_after_s_ = 0;
};

// The code's own name, as JSON shows it.
std::string_view error_code_name(ErrorCode code) noexcept;

}  // namespace mmx::admin
