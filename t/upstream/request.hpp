#pragma once

// Reading a request that has arrived: its target, its headers, what the ledger keeps of it.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "answers.hpp"
#include "ledger.hpp"

namespace upstream {

namespace http = boost::beast::http;
using Request = http::request<http::string_body>;

std::pair<std::string_view, std::string_view> path_and_query(const Request& request);
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

// The first header of that name. The view lives as long as the request.
std::optional<std::string_view> header(const Request& request, std::string_view name);

// What stands behind `Bearer `, else the whole value.
std::string_view token_of(std::string_view authorization);

// The text of all `x-stub` headers, joined.
std::string switch_text(const Request& request);

Received describe(const Request& request);

// The answer of the switch `echo_headers`: the request line and headers as JSON.
Answer echo(const Request& request, bool show_keys);

}  // namespace upstream
