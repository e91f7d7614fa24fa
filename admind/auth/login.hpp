#pragma once

// A password that is offered: to log in, or once more before what matters most. Two steps in Redis
// with the hash between them, so that no connection waits for a hash:
//
//   attempt = begin_attempt(store, name);
//   right = hasher.verify(password, attempt.stored(), attempt.counted.standing, name);
//   right ? pass_attempt(store, attempt) : fail_attempt(store, attempt)
//
// or take_back_attempt(store, attempt) where no hash was computed.
//
// The store is the client's: its address is throttled and told of among the refusals. Whether the
// account exists shows neither in the answer nor in the time it takes.

#include <optional>
#include <string>
#include <string_view>

#include "auth/accounts.hpp"
#include "auth/throttle.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::string_view anonymous_actor = "anonymous";

struct LoginAttempt {
    std::string name;
    std::optional<Account> account;  // nothing: there is none of that name
    CountedAttempt counted;

    std::string_view stored() const noexcept
    {
        return account ? std::string_view(account->password) : std::string_view();
    }
};

// Counts the attempt; throws Error{too_many_requests} when it came too early.
LoginAttempt begin_attempt(Store& store, std::string_view name);

// Nobody looked at it: it counts against nobody.
void take_back_attempt(Store& store, const LoginAttempt& attempt);

// From here the account is at home on the client's network.
void pass_attempt(Store& store, const LoginAttempt& attempt);

// Counts the refusal, and tells of it at most once a minute for an address; throws
// Error{invalid_credentials}.
[[noreturn]] void fail_attempt(Store& store, const LoginAttempt& attempt);

// The first half of that, for what is no account's password. See store/refusals.hpp.
void note_failure(Store& store, std::string_view action, std::string_view object);

}  // namespace mmx::admin
