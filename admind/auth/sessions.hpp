#pragma once

// Sessions of the console. A session's id is 256 random bits that only its browser knows; Redis
// names it by an HMAC of it, and holds sealed whose it is, under which change of the account it was
// opened, and since when and until when it was used. One that is not in its account's list is none.
// It ends when it was not used for a while, at a fixed age in any case, by logging
// out, and when the account's role or password changes or the account is deleted. Its role is never
// stored: the account's own is read at every request. Throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/accounts.hpp"
#include "auth/principal.hpp"
#include "host/secret_text.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t sessions_per_account_max = 20;  // the oldest goes
inline constexpr std::size_t user_agent_length_max = 200;    // bytes
inline constexpr std::int64_t session_touch_interval = 10;   // seconds between writes of `seen_at`

struct SessionLimits {
    std::int64_t idle = 0;  // seconds without use
    std::int64_t age = 0;   // seconds
};

struct Session {
    std::string hash;  // names it in Redis; see record_name
    std::string user;
    std::string change;  // the account's, when it began
    std::string address = {}, user_agent = {};
    std::int64_t created_at = 0, seen_at = 0, expires_at = 0;  // seconds since 1970
};

struct SessionStart {
    const Account& account;  // as it stood when its password was verified
    std::string address;
    std::string user_agent;               // as sent
    std::optional<std::string> rehashed;  // the password at a higher cost
};

class Sessions {
public:
    Sessions(Store& store, SessionLimits limits) : store_(store), limits_(limits) {}

    // Starts a session and returns its id, a secret of 64 hex digits. Throws
    // Error{invalid_credentials} when the account was changed since it was read.
    SecretText start(const SessionStart& start);

    // Who the session's id stands for, if anybody still. Counts as use unless in the background.
    std::optional<Principal> find(std::string_view id, bool background);

    // Those of one account, or of all; the latest used first.
    std::vector<Session> list(const std::optional<std::string>& user);

    void log_out(std::string_view hash, std::string_view user);
    // By its public id; with a user only one of theirs. Throws Error{not_found}.
    void end(std::string_view id, const std::optional<std::string>& user);

private:
    std::optional<Session> read(std::string_view hash, const Reply& fields, std::int64_t now) const;
    void list_of(const Account& account, std::int64_t now, std::vector<Session>& sessions);
    void touch(const Session& session, std::int64_t now);
    void end(std::string_view hash, std::string_view user, std::string_view action);

    Store& store_;
    SessionLimits limits_;
};

// What a write of the session has to show; known only with the secret file.
std::string csrf_token(const Secrets& secrets, std::string_view session_hash);

// Commands that end every session of an account but one, which goes on under the account as it is
// given. Reads which there are.
std::vector<Command> ending_commands(Store& store, const Account& account,
                                     std::string_view kept_hash);

}  // namespace mmx::admin
