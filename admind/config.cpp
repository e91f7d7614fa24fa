#include "config.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "error.hpp"
#include "secrets.hpp"

namespace mmx {
namespace {

struct Source {
    std::string_view option;  // --redis
    const char* environment;  // MMX_REDIS
    const char* field;        // of the configuration file
};

constexpr Source redis_source{"redis", "MMX_REDIS", "redis"};
constexpr Source password_source{"redis-password-file", "MMX_REDIS_PASSWORD_FILE",
                                 "redis_password_file"};
constexpr Source secret_source{"secret", "MMX_SECRET", "secret"};

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

nlohmann::json parse_file(std::ifstream& file, const std::string& path)
{
    nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
    if (!json.is_object()) {
        throw Error(ErrorCode::config_file, path + " does not hold a JSON object");
    }
    for (const auto& [name, value] : json.items()) {
        const bool known = name == redis_source.field || name == password_source.field ||
                           name == secret_source.field;
        if (!known || !value.is_string()) {
            throw Error(ErrorCode::config_file,
                        path + ": " + (known ? name + " is not text" : "unknown name " + name) +
                            "; expected the names redis, redis_password_file, secret with text");
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
    if (auto value = from_option(options, source.option)) {
        return std::move(*value);
    }
    if (auto value = from_environment(source.environment)) {
        return std::move(*value);
    }
    if (file.json.contains(source.field)) {
        return {file.json[source.field].get<std::string>(), file.path};
    }
    return {std::string(otherwise), "the default"};
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
        require_guarded_file(file.path);
    }
}

}  // namespace

Config load_config(const OptionValues& options)
{
    const File file = read_file(options);
    const Value redis = find_value(redis_source, options, file, default_redis);
    std::string fault;
    auto url = RedisUrl::parse(redis.text, &fault);
    if (!url) {
        throw Error(redis.where.starts_with("--") ? ErrorCode::invalid_argument
                                                  : ErrorCode::config_file,
                    "wrong Redis address in " + redis.where + ": " + fault);
    }
    if (!url->password.empty()) {
        guard_password(redis, file);
    }
    return {.redis = std::move(*url),
            .redis_password_file = find_value(password_source, options, file, "").text,
            .secret_file = find_value(secret_source, options, file, default_secret_file).text,
            .json = options.contains("json")};
}

}  // namespace mmx
