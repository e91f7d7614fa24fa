#pragma once

// Why a request is refused, and what a client is told then, whatever the shape of it: a row for
// each refusal. lib/dialect puts it into the three shapes.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx {

enum class Refusal {
    missing_key,    // no credential at all
    malformed_key,  // wrong shape, or several that disagree
    unknown_key,
    key_disabled,
    key_expired,
    address_not_allowed,
    model_not_allowed,
    day_exhausted,
    month_exhausted,
    rate_limited,
    gateway_unavailable,
    upstream_not_configured,
};

struct RefusalRow {
    Refusal refusal;
    int status;             // 401, 403, 429 or 503
    bool retry;             // what x-should-retry says
    std::string_view code;  // `invalid_api_key`, `key_disabled`, ...
    std::string_view openai_type;
    std::string_view anthropic_type;
    int native_code;  // MiniMax's own, from its table of error codes
    std::string_view english;
    std::string_view chinese;
};

const RefusalRow& row_of(Refusal refusal) noexcept;

struct RefusalFacts {
    std::int64_t limit = 0;            // requests of the window that is used up
    std::string_view resets_at = {};   // ISO 8601 with offset; empty where nothing resets
    std::string_view address = {};     // of the client, for address_not_allowed
    std::string_view request_id = {};  // what X-Request-Id says
};

// What happened, when it ends and what to do, in Chinese or English; a part whose fact is not known
// is left out.
std::string refusal_message(Refusal refusal, const RefusalFacts& facts, bool chinese);

}  // namespace mmx
