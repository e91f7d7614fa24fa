#pragma once

// What stops a command: a stable code for scripts and a sentence for people, without a full stop.
// The sentence never holds a secret.

#include <stdexcept>
#include <string>
#include <string_view>

namespace mmx {

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
    output,             // standard output could not be written
    internal,
};

class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

    ErrorCode code() const noexcept { return code_; }
    int exit_status() const noexcept { return code_ == ErrorCode::invalid_argument ? 2 : 1; }

private:
    ErrorCode code_;
};

// The code's own name, as JSON shows it.
std::string_view error_code_name(ErrorCode code) noexcept;

}  // namespace mmx
