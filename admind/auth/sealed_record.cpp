#include "auth/sealed_record.hpp"

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {

Command sealing_command(const Secrets& secrets, std::string_view record, const Json& rights)
{
    return Command{"HSET", record, redis_keys::field::sealed,
                   secrets.seal_record(record, to_text(rights))};
}

std::optional<Json> opened(const Secrets& secrets, std::string_view record, std::string_view sealed)
{
    if (sealed.empty()) {
        return std::nullopt;
    }
    const auto text = secrets.open_record(record, sealed);
    if (!text) {
        // Not its name: who writes to Redis chose it.
        log_failure("reading who has which rights",
                    "a record does not open and counts as absent: somebody else wrote it to Redis "
                    "(see `mmx-admind check`)");
        return std::nullopt;
    }
    return parse_json_object(*text);
}

std::string text_of(const Json& rights, std::string_view member)
{
    const auto found = rights.find(member);
    return found != rights.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const Json& rights, std::string_view member)
{
    const auto found = rights.find(member);
    return found != rights.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<std::vector<std::string>> texts_of(const Json& rights, std::string_view member)
{
    const auto found = rights.find(member);
    if (found == rights.end()) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const Json& text : *found) {
        texts.push_back(text.is_string() ? text.get<std::string>() : std::string());
    }
    return texts;
}

std::string record_name(const Secrets& secrets, std::string_view digest)
{
    return hmac_sha256_hex(secrets.name(), digest);
}

}  // namespace mmx::admin
