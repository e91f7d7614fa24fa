#pragma once

// A request as the daemon's handlers see it, and their answer. Nothing here knows the HTTP library.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "host/secret_text.hpp"

namespace mmx::admin {

inline constexpr std::size_t path_length_max = 512;    // bytes as sent
inline constexpr std::size_t query_length_max = 4096;  // bytes as sent
inline constexpr std::size_t query_parameters_max = 32;
inline constexpr std::size_t body_length_max = 256 * 1024;
inline constexpr std::size_t open_body_length_max = 4 * 1024;  // of who need not say who they are
inline constexpr std::string_view local_address = "local";
// Under these names a request has what Accept-Encoding and Content-Type said.
inline constexpr const char* accepted_encodings = "accepted-encodings";
inline constexpr const char* sent_content_type = "sent-content-type";

using TextPairs = std::vector<std::pair<std::string, std::string>>;

// A split and percent-decoded request target: valid UTF-8 without control characters.
struct Target {
    std::string path;
    TextPairs query;  // in the order sent; no name comes twice
};

// Throws Error{uri_too_long} or Error{invalid_argument}.
Target parse_target(std::string_view target);

struct Request {
    Request() = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    std::string method;
    Target target;
    TextPairs headers;  // names in lower case; values are the client's, never to be logged
    std::size_t body_length = 0;  // as the client says it
    // Takes the body, once, off the connection: it may hold a password, and is not in memory before
    // somebody wants it. Throws Error{invalid_argument} when it ends early. Not set: there is none.
    std::function<SecretText()> take_body;
    std::string address = std::string(local_address);  // of the client, as the proxy tells it
    bool secure = false;                               // the browser speaks TLS
    std::string origin;  // of our own page, as the browser knows it: `https://host`
    std::string prefix;  // of our own paths, as the browser knows them; empty: none

    // The header's value; empty when there is none, or more than one.
    std::string_view header(std::string_view name) const noexcept;
    std::size_t header_count(std::string_view name) const noexcept;
    // The value of a cookie; empty when there is none, or more than one.
    std::string_view cookie(std::string_view name) const noexcept;
    const std::string& path() const noexcept { return target.path; }
};

struct Response {
    int status = 200;
    std::string type;  // Content-Type; empty: no body
    std::string body;
    std::string_view fixed;  // the body instead, of text that outlives the process' requests
    // The body instead, written piece by piece through the function it is given, which says whether
    // anybody still reads. When it throws, the client sees a broken transfer and no complete one.
    std::function<void(const std::function<bool(std::string_view)>& write)> stream;
    TextPairs headers;
    bool cacheable = false;  // else Cache-Control: no-store

    Response& set(std::string_view name, std::string value)
    {
        headers.emplace_back(name, std::move(value));
        return *this;
    }
};

inline constexpr std::string_view json_type = "application/json; charset=utf-8";

Response json_response(const Json& json, int status = 200);
Response empty_response();  // 204
Response error_response(const Error& error);

// The status that goes with a code; 500 for what no client can help.
int http_status(ErrorCode code) noexcept;

// Sets a cookie that no script may read and no other site can make the browser send. An empty value
// deletes it. Behind TLS it is bound to it; see cookie_name. It is for the paths below the prefix.
void set_cookie(const Request& request, Response& response, std::string_view value);

// `__Host-mmx_session` behind TLS, or `__Secure-mmx_session` where it is for a prefix, which the
// other kind may not be; else `mmx_session`.
std::string_view cookie_name(const Request& request) noexcept;

// An IPv4 or IPv6 address in its usual spelling, or local_address for any other text.
std::string normal_address(std::string_view text);

}  // namespace mmx::admin
