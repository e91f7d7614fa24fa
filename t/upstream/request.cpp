#include "request.hpp"

#include <nlohmann/json.hpp>

#include "digest.hpp"

namespace upstream {

namespace {

std::string_view view(boost::beast::string_view text)
{
    return {text.data(), text.size()};
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return result;
}

std::optional<std::string> digest_of(std::optional<std::string_view> value)
{
    return value ? std::optional(sha256_hex(token_of(*value))) : std::nullopt;
}

}  // namespace

std::pair<std::string_view, std::string_view> path_and_query(const Request& request)
{
    const std::string_view target = view(request.target());
    const std::size_t mark = target.find('?');
    return {target.substr(0, mark),
            mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1)};
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const std::size_t ampersand = query.find('&');
        const std::string_view pair = query.substr(0, ampersand);
        query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
        const std::size_t equals = pair.find('=');
        if (pair.substr(0, equals) == name) {
            return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> header(const Request& request, std::string_view name)
{
    const auto found = request.find(boost::beast::string_view(name.data(), name.size()));
    if (found == request.end()) {
        return std::nullopt;
    }
    return view(found->value());
}

std::string_view token_of(std::string_view authorization)
{
    constexpr std::string_view scheme = "Bearer ";
    return authorization.starts_with(scheme) ? authorization.substr(scheme.size()) : authorization;
}

std::string switch_text(const Request& request)
{
    std::string text;
    const auto [first, last] = request.equal_range("x-stub");
    for (auto field = first; field != last; ++field) {
        text += cat({text.empty() ? "" : ",", view(field->value())});
    }
    return text;
}

Received describe(const Request& request)
{
    const auto [path, query] = path_and_query(request);
    Received received;
    received.id =
        header(request, "x-test-id").value_or(header(request, "x-request-id").value_or(""));
    received.method = view(request.method_string());
    received.path = path;
    received.query = query;
    received.key_sha256 = digest_of(header(request, "authorization"));
    received.x_api_key_sha256 = digest_of(header(request, "x-api-key"));
    for (const auto& field : request) {
        received.header_names.push_back(lower(view(field.name_string())));
        received.authorization_count += received.header_names.back() == "authorization" ? 1 : 0;
    }
    received.body_bytes = request.body().size();
    received.body_sha256 = sha256_hex(request.body());
    return received;
}

Answer echo(const Request& request, bool show_keys)
{
    nlohmann::ordered_json headers = nlohmann::ordered_json::array();
    for (const auto& field : request) {
        const std::string name = lower(view(field.name_string()));
        const bool secret = name == "authorization" || name == "x-api-key";
        const std::string_view value = view(field.value());
        headers.push_back({name, secret && !show_keys ? "sha256:" + sha256_hex(token_of(value))
                                                      : std::string(value)});
    }
    const nlohmann::ordered_json json = {{"method", std::string(view(request.method_string()))},
                                         {"target", std::string(view(request.target()))},
                                         {"headers", headers},
                                         {"body_bytes", request.body().size()}};
    Answer answer;
    answer.frames.push_back(
        json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return answer;
}

}  // namespace upstream
