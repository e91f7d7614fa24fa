#include "daemon/upstream_probe.hpp"

#include <httplib.h>

#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "host/secret_text.hpp"
#include "lib/limits.hpp"
#include "lib/text.hpp"

namespace mmx::admin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* models_path = "/v1/models";
constexpr int http_ok = 200;

// One line of valid UTF-8 without control characters, cut between characters, without the key.
std::string cleaned(std::string text, std::string_view master)
{
    for (std::size_t at = text.find(master); at != std::string::npos; at = text.find(master, at)) {
        text.replace(at, master.size(), "…");
    }
    std::string clean;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t length = utf8_length(rest);
        const auto byte = static_cast<unsigned char>(rest.front());
        const bool shown = length > 0 && byte >= 0x20 && byte != 0x7f;
        if (clean.size() + (shown ? length : 1) > probe_message_max) {
            break;
        }
        clean += shown ? rest.substr(0, length) : " ";
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return clean;
}

// `… (2049)`: how the OpenAI dialect tells MiniMax's own code.
std::optional<std::int64_t> trailing_code(std::string_view text)
{
    const std::size_t open = text.rfind('(');
    if (open == std::string_view::npos || !text.ends_with(')')) {
        return std::nullopt;
    }
    return parse_limit(text.substr(open + 1, text.size() - open - 2));
}

std::string text_at(const Json& json, const char* object, const char* member)
{
    if (!json.is_object() || !json.contains(object) || !json[object].is_object() ||
        !json[object].contains(member) || !json[object][member].is_string()) {
        return {};
    }
    return json[object][member].get<std::string>();
}

void read_models(const Json& json, std::string_view master, ProbeReport& report)
{
    if (!json.is_object() || !json.contains("data") || !json["data"].is_array()) {
        return;
    }
    for (const Json& model : json["data"]) {
        if (report.models.size() < probe_models_max && model.is_object() && model.contains("id") &&
            model["id"].is_string()) {
            report.models.push_back(cleaned(model["id"].get<std::string>(), master));
        }
    }
}

void read_answer(const std::string& body, std::string_view master, ProbeReport& report)
{
    const Json json = Json::parse(body, nullptr, false);
    std::string message = text_at(json, "error", "message");
    if (json.is_object() && json.contains("base_resp") && json["base_resp"].is_object()) {
        const Json& base = json["base_resp"];
        if (base.contains("status_code") && base["status_code"].is_number_integer()) {
            report.code = base["status_code"].get<std::int64_t>();
        }
        message = message.empty() ? text_at(json, "base_resp", "status_msg") : message;
    }
    if (!report.code) {
        report.code = trailing_code(message);
    }
    read_models(json, master, report);
    report.ok = report.status == http_ok && report.code.value_or(0) == 0 && json.is_object() &&
                json.contains("data");
    if (message.empty() && !report.ok) {
        message = json.is_object() ? "an answer without a message"
                                   : "an answer that is not MiniMax's: is this its address?";
    }
    report.message = cleaned(std::move(message), master);
}

// Keeps neither the key nor anything of the caller's: it may outlive the caller's patience.
ProbeReport ask(const UpstreamUrl& url, std::string_view master)
{
    const std::string origin =
        (url.tls ? "https://" : "http://") + url.host + ":" + std::to_string(url.port);
    httplib::Client client(origin);
    client.set_connection_timeout(probe_connect_s);
    client.set_read_timeout(probe_read_s);
    client.set_write_timeout(probe_connect_s);
    client.set_follow_location(false);
    client.set_keep_alive(false);
    client.set_decompress(false);
    client.enable_server_certificate_verification(true);
    const auto begin = Clock::now();
    std::string body;
    httplib::Headers headers{{"Accept", "application/json"}};
    std::string& authorization = headers.emplace("Authorization", "Bearer ")->second;
    const WipedAtEnd wiped(authorization);
    authorization.append(master);
    const auto result = client.Get(models_path, headers, [&](const char* data, std::size_t size) {
        body.append(data, std::min(size, probe_body_max - body.size()));
        return body.size() < probe_body_max &&
               Clock::now() - begin < std::chrono::seconds(probe_total_s);
    });
    ProbeReport report;
    report.latency_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    if (!result) {
        report.message = "not reached: " + httplib::to_string(result.error());
        return report;
    }
    report.status = result->status;
    read_answer(body, master, report);
    return report;
}

bool is_loopback(std::string_view host)
{
    return host == "127.0.0.1" || host == "localhost" || host == "::1";
}

}  // namespace

UpstreamUrl parse_upstream(std::string_view text)
{
    const auto fail = [](const char* why) {
        throw Error(ErrorCode::invalid_argument,
                    std::string("wrong upstream: expected https://host[:port]") + why);
    };
    UpstreamUrl url;
    url.tls = text.starts_with("https://");
    if (!url.tls && !text.starts_with("http://")) {
        fail("");
    }
    text.remove_prefix(url.tls ? 8 : 7);
    const std::size_t colon = text.rfind(':');
    url.port = url.tls ? 443 : 80;
    if (colon != std::string_view::npos) {
        const auto port = parse_limit(text.substr(colon + 1));
        if (!port || *port < 1 || *port > 65535) {
            fail(" with a port from 1 to 65535");
        }
        url.port = static_cast<int>(*port);
        text = text.substr(0, colon);
    }
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    if (text.empty() || text.size() > 253 ||
        text.find_first_not_of(allowed) != std::string_view::npos) {
        fail(", without a path");
    }
    if (!url.tls && !is_loopback(text)) {
        fail("; http:// is for this machine alone");
    }
    url.host = text;
    return url;
}

ProbeReport probe_upstream(const UpstreamUrl& url, std::string_view master)
{
    std::packaged_task<ProbeReport()> task(
        [url, key = SecretText(master)] { return ask(url, key.view()); });
    auto result = task.get_future();
    std::thread(std::move(task)).detach();
    if (result.wait_for(std::chrono::seconds(probe_total_s)) != std::future_status::ready) {
        ProbeReport report;
        report.message = "not reached: no answer in time";
        report.latency_ms = std::int64_t{probe_total_s} * 1000;
        return report;
    }
    try {
        return result.get();
    } catch (const std::exception&) {
        ProbeReport report;
        report.message = "not reached: something went wrong within";
        return report;
    }
}

}  // namespace mmx::admin
