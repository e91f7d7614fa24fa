#pragma once

// API tokens, for scripts: `mmxadm-` and 40 characters of [A-Za-z0-9], which only their holder
// knows; Redis names them by an HMAC and holds sealed what they may, and for whom. One that is not
// in the list is none. A token may never do more than its own role and, when an account made it,
// than that account may now; with the account it goes. One made with a token has no more rights
// than that one, ends no later, and goes with it. Throws Error.

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
    std::string hash = {};  // names it in Redis; see record_name
    std::string name = {};  // no two have the same
    Role role = Role::viewer;
    std::string hint = {};  // `mmxadm-…x2Qk`
    Scopes scopes = {};
    std::string created_by = {};    // an account, or `cli:<unix user>`
    std::string created_with = {};  // the hash of the token that made it; empty: none did
    std::int64_t created_at = 0, last_used_at = 0, expires_at = 0;  // seconds; 0: never
};

struct NewApiToken {
    std::string name;
    Role role = Role::viewer;
    // Nothing said: as all that may be given, which is never an end and what the role allows, but
    // no more than the maker has.
    std::optional<std::int64_t> expires_at = {};
    std::optional<Scopes> scopes = {};
    std::string created_by = {};
    std::optional<Principal> maker = {};  // nothing: the command line
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
    // With it go the tokens that were made with it. by: who asks; a token only of itself and those.
    void remove(std::string_view id_or_name, const std::optional<Principal>& by = {});

    // Who the token stands for, if anybody still.
    std::optional<Principal> find(std::string_view token);

private:
    void touch(const ApiToken& token, std::int64_t now);

    Store& store_;
};

// Stores what the token may, sealed.
Command token_command(const Secrets& secrets, const ApiToken& token);

// Commands that revoke tokens.
std::vector<Command> revoking_commands(const std::vector<ApiToken>& tokens);

// Those of the list that an account made, by itself or with a token.
std::vector<ApiToken> made_by(const std::vector<ApiToken>& tokens, std::string_view account);

}  // namespace mmx::admin
