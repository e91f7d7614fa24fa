#include "api/dispatch.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <typeinfo>

#include "api/authentication.hpp"
#include "api/routes.hpp"
#include "base/log.hpp"
#include "http/assets.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view bearer = "bearer ";

bool is_write(const Request& request)
{
    return request.method != "GET" && request.method != "HEAD";
}

bool same(std::string_view left, std::string_view right) noexcept
{
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

// Whoever need not say who they are has little to say.
void bound_open_body(const Request& request)
{
    if (request.body_length > open_body_length_max) {
        throw Error(ErrorCode::payload_too_large, "the body is too large: at most " +
                                                      std::to_string(open_body_length_max) +
                                                      " bytes here");
    }
}

// The page that a browser sends this for must be one of ours.
void check_origin(const Request& request)
{
    const std::string_view site = request.header("sec-fetch-site");
    bool ours = site == "same-origin" || site == "none";
    if (request.header_count("sec-fetch-site") == 0) {
        ours = request.header_count("origin") == 0 || request.header("origin") == request.origin;
    }
    if (!ours) {
        throw Error(ErrorCode::csrf, "the request comes from a page of another site");
    }
}

void check_content_type(const Request& request)
{
    constexpr std::string_view wanted = "application/json";
    const std::string_view type = request.header(sent_content_type);
    const std::string_view rest = type.substr(std::min(wanted.size(), type.size()));
    if (!starts_with_folded(type, wanted) || (!rest.empty() && rest[0] != ';' && rest[0] != ' ')) {
        throw Error(ErrorCode::unsupported_media_type, "expected Content-Type: application/json");
    }
}

void check_csrf_token(const Request& request, const Principal& principal)
{
    if (!same(request.header("x-csrf-token"), principal.csrf_token)) {
        throw Error(ErrorCode::csrf,
                    "the header X-CSRF-Token is missing or not this session's: reload the page");
    }
}

std::optional<Principal> authenticate(Call& call)
{
    const Request& request = call.request();
    if (request.header_count("authorization") > 0) {
        const std::string_view text = request.header("authorization");
        return starts_with_folded(text, bearer) ? find_token(call, text.substr(bearer.size()))
                                                : std::nullopt;
    }
    const std::string_view cookie = request.cookie(cookie_name(request));
    return cookie.empty() ? std::nullopt : find_session(call, cookie);
}

// A write must be meant by whoever makes it. A token is in no browser that others could use.
void check_write(Call& call)
{
    const Request& request = call.request();
    const std::optional<Principal>& principal = call.principal();
    if (!is_write(request)) {
        return;
    }
    const bool with_token = principal && principal->is_token;
    if (!with_token) {
        check_origin(request);
    }
    if (!with_token || request.body_length > 0) {
        check_content_type(request);
    }
    if (principal && !principal->is_token) {
        check_csrf_token(request, *principal);
    }
}

void check_scope(const Principal& token, TokenAccess needed)
{
    if (needed.kind == TokenAccess::Kind::scope && !token.scopes.has(needed.scope)) {
        throw Error(ErrorCode::scope_missing, "this needs an API token with the scope " +
                                                  std::string(scope_name(needed.scope)));
    }
}

void authorize(Call& call, const Route& route)
{
    auto principal = authenticate(call);
    if (!principal) {
        throw Error(ErrorCode::unauthenticated, "log in first, or send a valid API token");
    }
    call.set_principal(std::move(*principal));
    check_write(call);
    const bool is_token = call.principal()->is_token;
    if (is_token && route.tokens.kind == TokenAccess::Kind::never) {
        throw Error(ErrorCode::session_required,
                    "no API token may do this: log in to the console, or use the command line");
    }
    if (route.access != Access::viewer && call.principal()->role != Role::admin) {
        throw Error(ErrorCode::forbidden, "this needs the role admin");
    }
    if (is_token) {
        check_scope(*call.principal(), route.tokens);
    }
}

// A refused call in one line, of which no word is the client's own: the route in place of the path.
void log_refused(const Call& call, std::string_view path, int status, std::string_view code)
{
    const Request& request = call.request();
    const RouteMatch match = find_route(request.method, path);
    std::string what("a call that there is not");
    if (match.route != nullptr) {
        what = std::string(match.route->method).append(" ").append(api_prefix);
        what.append(match.route->pattern);
    }
    what.append(" by ").append(call.principal() ? call.principal()->actor() : "somebody");
    what.append(" from ").append(request.address);
    log_refusal(what, std::to_string(status) + " " + std::string(code));
}

Response api(Call& call, std::string_view path)
{
    const Request& request = call.request();
    RouteMatch match = find_route(request.method, path);
    if (match.allow.empty()) {
        throw Error(ErrorCode::not_found, "there is nothing at this address");
    }
    if (match.route == nullptr) {
        const Error error(ErrorCode::method_not_allowed,
                          "this address takes " + match.allow + " only");
        log_refused(call, path, http_status(error.code()), error_code_name(error.code()));
        Response response = error_response(error);
        return std::move(response.set("Allow", match.allow));
    }
    call.set_parameter(std::move(match.parameter));
    if (match.route->access == Access::open) {
        bound_open_body(request);
        check_write(call);
    } else {
        authorize(call, *match.route);
    }
    if (match.route->reauth == Reauth::yes) {
        reauthenticate(call);
    }
    if (is_write(request)) {
        call.query().finish();
        return match.route->handler(call);
    }
    // What was read changed nothing, so what it did not ask for can be refused now.
    Response response = match.route->handler(call);
    call.query().finish();
    return response;
}

// What went wrong within is nobody's business but an account's.
Response failure(const Call& call, const Error& error)
{
    if (http_status(error.code()) < 500 || call.principal()) {
        return error_response(error);
    }
    const bool redis = http_status(error.code()) == 503;
    return error_response(
        Error(error.code(), redis ? "the gateway's store is not available: try again in a moment"
                                  : "something went wrong within: see the daemon's log"));
}

}  // namespace

Response dispatch(Daemon& daemon, const Request& request)
{
    Call call(daemon, request);
    std::string_view path = request.path();
    const bool is_call =
        path.starts_with(api_prefix) && path.substr(api_prefix.size()).starts_with('/');
    path.remove_prefix(is_call ? api_prefix.size() : 0);
    try {
        return is_call ? api(call, path) : serve_asset(request);
    } catch (const Error& error) {
        const int status = http_status(error.code());
        if (status >= 500) {
            log_failure(request.method, error.what());
        } else if (is_call) {
            log_refused(call, path, status, error_code_name(error.code()));
        }
        return failure(call, error);
    } catch (const std::exception& error) {
        log_failure(request.method, typeid(error).name());
        return failure(
            call, Error(ErrorCode::internal, "something went wrong within: see the daemon's log"));
    }
}

}  // namespace mmx::admin
