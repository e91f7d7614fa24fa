#pragma once

// What gives people rights, as Redis holds it: one sealed text for each record, bound to the
// record's name, so that nobody makes, edits, copies or mixes one without the secret file. Beside
// it in the record stands only what gives no right.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/secrets.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

// Stores the rights, sealed, in the record's field `sealed`. record: its Redis name. Throws Error.
Command sealing_command(const Secrets& secrets, std::string_view record, const Json& rights);

// The rights, or nothing where there is no such text. One that does not open is nothing either, and
// is told in the daemon's log.
std::optional<Json> opened(const Secrets& secrets, std::string_view record,
                           std::string_view sealed);

// Members of rights; empty or 0 where there is none of that kind.
std::string text_of(const Json& rights, std::string_view member);
std::int64_t number_of(const Json& rights, std::string_view member);

// A list of texts; nothing where there is no such member.
std::optional<std::vector<std::string>> texts_of(const Json& rights, std::string_view member);

// What a session or API token is named by in Redis; only who knows the secret file can name one.
// digest: the SHA-256 of its id or of the token, in hex. 64 digits.
std::string record_name(const Secrets& secrets, std::string_view digest);

}  // namespace mmx::admin
