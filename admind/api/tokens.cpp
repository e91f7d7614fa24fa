#include "api/tokens.hpp"

#include <nlohmann/json.hpp>

#include "auth/api_tokens.hpp"
#include "format/json_accounts.hpp"
#include "store/key.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds name_length{1, static_cast<std::int64_t>(api_token_name_length_max)};
constexpr Bounds expiry_range{1, expiry_max};

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
    token.role =
        parse_role(role_names[body.required_choice("role", role_names)]).value_or(Role::viewer);
    if (!body.is_null("expires_at")) {
        token.expires_at = body.number("expires_at", expiry_range).value_or(0);
    }
    body.finish();
    token.created_by = call.principal()->account;
    const IssuedApiToken issued = ApiTokens(call.store()).create(token);
    return json_response(token_json(issued.token, issued.secret.view(), call.calendar()), 201);
}

Response delete_token(Call& call)
{
    call.body().finish();
    ApiTokens(call.store()).remove(call.parameter());
    return empty_response();
}

}  // namespace mmx::admin
