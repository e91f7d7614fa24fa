#pragma once

// API tokens, for scripts: `mmxadm-` and 40 characters of [A-Za-z0-9], which only their holder
// knows; Redis names them by an HMAC and holds sealed what they may, and for whom. One that is not
// in the list is none. A token may never do more than its own role and, when an account made it,
// than that account may now; with the account it goes. Throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/principal.hpp"
#include "host/secret_text.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::string_view api_token_prefix = "mmxadm-";
inline constexpr std::size_t api_token_random = 40;  // characters behind the prefix; 238 bits
inline constexpr std::size_t api_token_name_length_max = 64;  // bytes
inline constexpr std::size_t api_tokens_max = 1000;
inline constexpr std::int64_t api_token_touch_interval = 60;  // seconds between writes of last use

struct ApiToken {
    std::string hash;  // names it in Redis; see record_name
    std::string name;  // no two have the same
    Role role = Role::viewer;
    std::string hint;        // `mmxadm-…x2Qk`
    std::string created_by;  // an account, or `cli:<unix user>`
    std::int64_t created_at = 0, last_used_at = 0, expires_at = 0;  // seconds; 0: never
};

struct NewApiToken {
    std::string name;
    Role role = Role::viewer;
    std::int64_t expires_at = 0;
    std::string created_by;
};

struct IssuedApiToken {
    ApiToken token;
    SecretText secret;  // the token itself, the only time that it is seen
};

class ApiTokens {
public:
    explicit ApiTokens(Store& store) : store_(store) {}

    IssuedApiToken create(const NewApiToken& token);

    std::vector<ApiToken> list();                   // newest first
    ApiToken require(std::string_view id_or_name);  // throws Error{not_found}
    void remove(std::string_view id_or_name);

    // Who the token stands for, if anybody still.
    std::optional<Principal> find(std::string_view token);

private:
    void touch(const ApiToken& token, std::int64_t now);

    Store& store_;
};

// Stores what the token may, sealed.
Command token_command(const Secrets& secrets, const ApiToken& token);

// Commands that revoke a token.
std::vector<Command> revoking_commands(const ApiToken& token);

}  // namespace mmx::admin
