#include "cli/tokens.hpp"

#include <nlohmann/json.hpp>

#include "auth/api_tokens.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "cli/context.hpp"
#include "cli/options.hpp"
#include "cli/table.hpp"
#include "format/json_accounts.hpp"

namespace mmx::admin {

namespace {

std::string scopes_text(const ApiToken& token)
{
    return token.scopes == scopes_of(token.role) ? "all" : token.scopes.text();
}

}  // namespace

int run_token_create(Context& context, const Invocation& invocation)
{
    const Role role = role_option(invocation);
    IssuedApiToken issued = ApiTokens(context.store())
                                .create({.name = invocation.argument,
                                         .role = role,
                                         .expires_at = expiry_option(context, invocation),
                                         .scopes = scopes_option(invocation),
                                         .created_by = cli_actor(),
                                         .maker = {}});
    const Json json = token_json(issued.token, issued.secret.view(), context.calendar());
    issued.secret.append("\n");
    context.print(json, issued.secret.view());
    return 0;
}

int run_token_list(Context& context, const Invocation&)
{
    const std::vector<ApiToken> tokens = ApiTokens(context.store()).list();
    const Calendar& calendar = context.calendar();
    Table table(
        {"ID", "NAME", "ROLE", "SCOPES", "HINT", "CREATED BY", "CREATED", "LAST USED", "EXPIRES"});
    for (const ApiToken& token : tokens) {
        table.add({public_id(token.hash), token.name, std::string(role_name(token.role)),
                   scopes_text(token), token.hint, token.created_by,
                   time_text(token.created_at, calendar), time_text(token.last_used_at, calendar),
                   time_text(token.expires_at, calendar)});
    }
    context.print(tokens_json(tokens, calendar), table.text());
    return 0;
}

int run_token_delete(Context& context, const Invocation& invocation)
{
    ApiTokens tokens(context.store());
    const ApiToken token = tokens.require(invocation.argument);
    const std::string id = public_id(token.hash);
    if (!confirmed(invocation, "Delete the token " + printable(token.name) + "?")) {
        throw Error(ErrorCode::confirmation, "nothing was deleted");
    }
    tokens.remove(id);
    context.print(removed_json(id), "deleted " + id + "\n");
    return 0;
}

}  // namespace mmx::admin
