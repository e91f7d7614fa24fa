#include "api/tokens.hpp"

#include <iterator>
#include <nlohmann/json.hpp>

#include "auth/api_tokens.hpp"
#include "format/json_accounts.hpp"
#include "store/key.hpp"

namespace mmx::admin {
namespace {

constexpr Bounds name_length{1, static_cast<std::int64_t>(api_token_name_length_max)};
constexpr Bounds expiry_range{1, expiry_max};
constexpr Bounds scope_count{1, static_cast<std::int64_t>(std::size(scope_names))};
constexpr Bounds scope_length{1, 32};

std::optional<Scopes> scopes_member(Body& body)
{
    const auto names = body.texts("scopes", scope_count, scope_length);
    if (!names) {
        return std::nullopt;
    }
    Scopes scopes;
    for (const std::string& name : *names) {
        const auto scope = parse_scope(name);
        if (!scope) {
            refuse_field("scopes", "expected some of " + admin_scopes.text());
        }
        scopes.add(*scope);
    }
    return scopes;
}

// Null: never, which is not the same as saying nothing where a token asks.
std::optional<std::int64_t> expiry_member(Body& body)
{
    return body.is_null("expires_at") ? 0 : body.number("expires_at", expiry_range);
}

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
    token.scopes = scopes_member(body);
    token.expires_at = expiry_member(body);
    body.finish();
    token.maker = call.principal();
    token.created_by = call.principal()->account;
    const IssuedApiToken issued = ApiTokens(call.store()).create(token);
    return json_response(token_json(issued.token, issued.secret.view(), call.calendar()), 201);
}

Response delete_token(Call& call)
{
    call.body().finish();
    ApiTokens(call.store()).remove(call.parameter(), call.principal());
    return empty_response();
}

}  // namespace mmx::admin
