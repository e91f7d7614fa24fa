#include "http/message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/encoding.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

constexpr std::string_view secure_cookie = "__Host-mmx_session";
constexpr std::string_view prefixed_cookie = "__Secure-mmx_session";
constexpr std::string_view plain_cookie = "mmx_session";

[[noreturn]] void refuse(const std::string& message)
{
    throw Error(ErrorCode::invalid_argument, message);
}

bool is_plain_text(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0 || byte < 0x20 || byte == 0x7f) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string decode(std::string_view text, bool plus_is_space)
{
    std::string spaced(text);
    if (plus_is_space) {
        std::ranges::replace(spaced, '+', ' ');
    }
    auto decoded = decode_percent(spaced);
    if (!decoded) {
        refuse("the address has a % without two hexadecimal digits behind it");
    }
    if (!is_plain_text(*decoded)) {
        refuse("the address is not UTF-8, or has control characters");
    }
    return std::move(*decoded);
}

TextPairs parse_query(std::string_view text)
{
    TextPairs pairs;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        std::string name = decode(pair.substr(0, equals), true);
        const auto same = [&](const auto& other) { return other.first == name; };
        if (std::ranges::any_of(pairs, same)) {
            throw Error(ErrorCode::invalid_argument, "the parameter " + name + " is given twice",
                        name);
        }
        if (pairs.size() == query_parameters_max) {
            refuse("more than " + std::to_string(query_parameters_max) + " parameters");
        }
        std::string value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
        pairs.emplace_back(std::move(name), std::move(value));
    }
    return pairs;
}

}  // namespace

Target parse_target(std::string_view target)
{
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    if (path.size() > path_length_max || query.size() > query_length_max) {
        throw Error(ErrorCode::uri_too_long,
                    "the address is too long: at most " + std::to_string(path_length_max) +
                        " bytes of path and " + std::to_string(query_length_max) + " of query");
    }
    if (!path.starts_with('/')) {
        refuse("the address does not begin with a slash");
    }
    return {decode(path, false), parse_query(query)};
}

std::size_t Request::header_count(std::string_view name) const noexcept
{
    const auto same = [&](const auto& header) { return header.first == name; };
    return static_cast<std::size_t>(std::ranges::count_if(headers, same));
}

std::string_view Request::header(std::string_view name) const noexcept
{
    const auto same = [&](const auto& header) { return header.first == name; };
    const auto found = std::ranges::find_if(headers, same);
    return found == headers.end() || header_count(name) != 1 ? std::string_view() : found->second;
}

std::string_view Request::cookie(std::string_view name) const noexcept
{
    std::string_view value;
    std::size_t count = 0;
    for (const auto& [header, text] : headers) {
        std::string_view rest = header == "cookie" ? std::string_view(text) : std::string_view();
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            std::string_view pair = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
            if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
                value = pair.substr(name.size() + 1);
                count++;
            }
        }
    }
    return count == 1 ? value : std::string_view();
}

Response json_response(const Json& json, int status)
{
    Response response;
    response.status = status;
    response.type = json_type;
    response.body = to_text(json) + "\n";
    return response;
}

Response empty_response()
{
    Response response;
    response.status = 204;
    return response;
}

int http_status(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_input:
    case ErrorCode::common_password:
    case ErrorCode::invalid_json: return 400;
    case ErrorCode::unauthenticated:
    case ErrorCode::invalid_credentials: return 401;
    case ErrorCode::csrf:
    case ErrorCode::forbidden:
    case ErrorCode::session_required:
    case ErrorCode::scope_missing:
    case ErrorCode::beyond_maker: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::method_not_allowed: return 405;
    case ErrorCode::ambiguous:
    case ErrorCode::conflict:
    case ErrorCode::not_configured:
    case ErrorCode::last_admin: return 409;
    case ErrorCode::changed_meanwhile: return 412;
    case ErrorCode::payload_too_large: return 413;
    case ErrorCode::uri_too_long: return 414;
    case ErrorCode::unsupported_media_type: return 415;
    case ErrorCode::too_many_requests: return 429;
    case ErrorCode::head_too_large: return 431;
    case ErrorCode::not_initialized:
    case ErrorCode::wrong_secret:
    case ErrorCode::redis_unavailable:
    case ErrorCode::redis_refused:
    case ErrorCode::outcome_unknown: return 503;
    case ErrorCode::secret_file:
    case ErrorCode::config_file:
    case ErrorCode::sealed_value:
    case ErrorCode::confirmation:
    case ErrorCode::audit_broken:
    case ErrorCode::output:
    case ErrorCode::internal: return 500;
    }
    return 500;
}

Response error_response(const Error& error)
{
    const int status = http_status(error.code());
    Json json = error_json(status == 500 ? ErrorCode::internal : error.code(), error.what());
    if (!error.field().empty()) {
        json["error"]["field"] = error.field();
    }
    Response response = json_response(json, status);
    if (error.retry_after_s() > 0) {
        response.set("Retry-After", std::to_string(error.retry_after_s()));
    } else if (error.code() == ErrorCode::redis_unavailable) {
        response.set("Retry-After", "1");
    } else if (error.code() == ErrorCode::unauthenticated) {
        response.set("WWW-Authenticate", "Bearer realm=\"mmx-admind\"");
    }
    return response;
}

std::string_view cookie_name(const Request& request) noexcept
{
    if (!request.secure) {
        return plain_cookie;
    }
    return request.prefix.empty() ? secure_cookie : prefixed_cookie;
}

void set_cookie(const Request& request, Response& response, std::string_view value)
{
    std::string text = std::string(cookie_name(request)) + "=" + std::string(value) +
                       "; Path=" + request.prefix + "/; HttpOnly; SameSite=Strict";
    if (request.secure) {
        text += "; Secure";
    }
    if (value.empty()) {
        text += "; Max-Age=0";
    }
    response.set("Set-Cookie", std::move(text));
}

std::string normal_address(std::string_view text)
{
    const std::string copy(text.substr(0, INET6_ADDRSTRLEN));
    char shown[INET6_ADDRSTRLEN] = {};
    in_addr v4{};
    in6_addr v6{};
    if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
        return inet_ntop(AF_INET, &v4, shown, sizeof shown);
    }
    if (inet_pton(AF_INET6, copy.c_str(), &v6) == 1) {
        // On a socket for both families nginx tells an IPv4 client so: it must not share the
        // throttle of its whole family.
        if (IN6_IS_ADDR_V4MAPPED(&v6)) {
            return inet_ntop(AF_INET, v6.s6_addr + 12, shown, sizeof shown);
        }
        return inet_ntop(AF_INET6, &v6, shown, sizeof shown);
    }
    return std::string(local_address);
}

}  // namespace mmx::admin
