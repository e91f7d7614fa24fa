#include "base/config.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "host/guarded_file.hpp"
#include "lib/limits.hpp"

namespace mmx::admin {
namespace {

struct Source {
    std::string_view option;  // --redis; empty: there is none
    const char* environment;  // MMX_REDIS
    const char* field;        // of the configuration file
    std::int64_t min = 0;     // of a number; a text has none
    std::int64_t max = 0;
    std::int64_t otherwise = 0;

    bool is_number() const noexcept { return max != 0; }
};

constexpr Source redis_source{"redis", "MMX_REDIS", "redis"};
constexpr Source password_source{"redis-password-file", "MMX_REDIS_PASSWORD_FILE",
                                 "redis_password_file"};
constexpr Source secret_source{"secret", "MMX_SECRET", "secret"};
constexpr Source listen_source{"listen", "MMX_LISTEN", "listen"};
constexpr Source group_source{"group", "MMX_GROUP", "group"};
constexpr Source upstream_source{"upstream", "MMX_UPSTREAM", "upstream"};
constexpr Source gateway_source{"gateway", "MMX_GATEWAY", "gateway"};
constexpr Source public_source{"public-url", "MMX_PUBLIC_URL", "public_url"};
constexpr Source setup_source{"setup-token-file", "MMX_SETUP_TOKEN_FILE", "setup_token_file"};
constexpr Source cost_source{"", "MMX_PASSWORD_COST",  "password_cost", 14,
                             20, default_password_cost};
constexpr Source idle_source{"",   "MMX_SESSION_IDLE_MINUTES",  "session_idle_minutes", 1,
                             1440, default_session_idle_minutes};
constexpr Source hours_source{"",  "MMX_SESSION_HOURS",  "session_hours", 1,
                              720, default_session_hours};

constexpr const Source* sources[] = {&redis_source,   &password_source, &secret_source,
                                     &listen_source,  &group_source,    &upstream_source,
                                     &gateway_source, &public_source,   &setup_source,
                                     &cost_source,    &idle_source,     &hours_source};

struct Value {
    std::string text;
    std::string where;  // for messages
};

std::optional<Value> from_option(const OptionValues& options, std::string_view name)
{
    const auto found = options.find(name);
    if (found == options.end()) {
        return std::nullopt;
    }
    if (found->second.empty()) {
        throw Error(ErrorCode::invalid_argument, "--" + found->first + " must not be empty");
    }
    return Value{found->second, "--" + found->first};
}

std::optional<Value> from_environment(const char* name)
{
    const char* text = std::getenv(name);
    if (text == nullptr || *text == '\0') {
        return std::nullopt;
    }
    return Value{text, name};
}

struct File {
    nlohmann::json json = nlohmann::json::object();
    std::string path;
};

std::string field_names()
{
    std::string names;
    for (const Source* source : sources) {
        names.append(names.empty() ? "" : ", ").append(source->field);
    }
    return names;
}

nlohmann::json parse_file(std::ifstream& file, const std::string& path)
{
    nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
    if (!json.is_object()) {
        throw Error(ErrorCode::config_file, path + " does not hold a JSON object");
    }
    for (const auto& [name, value] : json.items()) {
        const auto* const known = std::ranges::find(
            sources, std::string_view(name), [](const Source* source) { return source->field; });
        if (known == std::end(sources)) {
            throw Error(ErrorCode::config_file, (path + ": unknown name ")
                                                    .append(name)
                                                    .append("; expected one of ")
                                                    .append(field_names()));
        }
        if ((*known)->is_number() ? !value.is_number_integer() : !value.is_string()) {
            throw Error(
                ErrorCode::config_file,
                (path + ": ")
                    .append(name)
                    .append((*known)->is_number() ? " is not a whole number" : " is not text"));
        }
    }
    return json;
}

File read_file(const OptionValues& options)
{
    auto named = from_option(options, "config");
    if (!named) {
        named = from_environment("MMX_CONFIG");
    }
    const std::string path = named ? named->text : std::string(default_config_file);
    std::ifstream file(path);
    if (!file) {
        if (!named && errno == ENOENT) {
            return {};
        }
        throw Error(ErrorCode::config_file, "cannot open " + path + ": " + std::strerror(errno));
    }
    return {parse_file(file, path), path};
}

Value find_value(const Source& source, const OptionValues& options, const File& file,
                 std::string_view otherwise)
{
    if (auto value = source.option.empty() ? std::nullopt : from_option(options, source.option)) {
        return std::move(*value);
    }
    if (auto value = from_environment(source.environment)) {
        return std::move(*value);
    }
    if (file.json.contains(source.field)) {
        const nlohmann::json& value = file.json[source.field];
        return {source.is_number() ? value.dump() : value.get<std::string>(), file.path};
    }
    return {std::string(otherwise), "the default"};
}

int find_number(const Source& source, const OptionValues& options, const File& file)
{
    const Value value = find_value(source, options, file, std::to_string(source.otherwise));
    const auto number = parse_limit(value.text);
    if (!number || *number < source.min || *number > source.max) {
        throw Error(ErrorCode::config_file, std::string(source.field) + " of " + value.where +
                                                ": expected a whole number" + " from " +
                                                std::to_string(source.min) + " to " +
                                                std::to_string(source.max));
    }
    return static_cast<int>(*number);
}

// A password is as visible as the place where its URL stands.
void guard_password(const Value& redis, const File& file)
{
    if (redis.where.starts_with("--")) {
        throw Error(ErrorCode::invalid_argument,
                    "a password in --redis is visible to every user of this machine: use "
                    "--redis-password-file, or MMX_REDIS");
    }
    if (redis.where == file.path && !file.path.empty()) {
        if (const std::string fault = guarded_file_fault(file.path); !fault.empty()) {
            throw Error(ErrorCode::secret_file, fault);
        }
    }
}

}  // namespace

Config load_config(const OptionValues& options)
{
    const File file = read_file(options);
    const Value redis = find_value(redis_source, options, file, default_redis);
    auto url = RedisUrl::parse(redis.text);
    if (!url) {
        throw Error(redis.where.starts_with("--") ? ErrorCode::invalid_argument
                                                  : ErrorCode::config_file,
                    "wrong Redis address in " + redis.where + ": " + url.fault());
    }
    if (!url->password.empty()) {
        guard_password(redis, file);
    }
    SecretText password = SecretText::adopt(url->password);
    return {.redis = std::move(*url),
            .redis_password = std::move(password),
            .redis_password_file = find_value(password_source, options, file, "").text,
            .secret_file = find_value(secret_source, options, file, default_secret_file).text,
            .listen = find_value(listen_source, options, file, default_listen).text,
            .group = find_value(group_source, options, file, "").text,
            .upstream = find_value(upstream_source, options, file, default_upstream).text,
            .gateway = find_value(gateway_source, options, file, "").text,
            .public_url = find_value(public_source, options, file, "").text,
            .setup_token_file = find_value(setup_source, options, file, "").text,
            .password_cost = find_number(cost_source, options, file),
            .session_idle_minutes = find_number(idle_source, options, file),
            .session_hours = find_number(hours_source, options, file),
            .json = options.contains("json")};
}

}  // namespace mmx::admin
