#include "api/tokens.hpp"

#include "auth/api_tokens.hpp"
#include "base/digest.hpp"
#include "format/json_accounts.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view roles[] = {role_name(Role::viewer), role_name(Role::admin)};
constexpr Bounds name_length{1, static_cast<std::int64_t>(api_token_name_length_max)};
constexpr Bounds expiry_range{1, 253402300799};  // to the end of the year 9999

}  // namespace

Response list_tokens(Call& call)
{
    call.query().finish();
    return json_response(tokens_json(ApiTokens(call.store()).list(), call.calendar()));
}

Response create_token(Call& call)
{
    Body& body = call.body();
    NewApiToken token;
    token.name = body.required_text("name", name_length);
    token.role = parse_role(roles[body.required_choice("role", roles)]).value_or(Role::viewer);
    if (!body.is_null("expires_at")) {
        token.expires_at = body.number("expires_at", expiry_range).value_or(0);
    }
    body.finish();
    token.created_by = call.principal()->account;
    ApiTokens tokens(call.store());
    std::string secret = tokens.create(token);
    Response response = json_response(
        token_json(tokens.require(public_id(sha256_hex(secret))), secret, call.calendar()), 201);
    wipe(secret);
    return response;
}

Response delete_token(Call& call)
{
    call.body().finish();
    ApiTokens(call.store()).remove(call.parameter());
    return empty_response();
}

}  // namespace mmx::admin
