#pragma once

// The three shapes in which MiniMax's endpoints report errors, and how the gateway's own refusals
// are written in each. Source: MiniMax's OpenAPI texts; the native shape is HTTP 200 upstream, but
// the gateway's own refusals carry their HTTP status in every dialect.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx {

enum class Dialect { openai, anthropic, native };

// By the request's path, whatever prefix stands before it: `/anthropic/` and `/v1/messages` are
// Anthropic's; the endpoints that answer with `base_resp` (text/chatcompletion_v2, embeddings,
// t2a_v2, voices, image, music, video v1, files, plans) are native; all others OpenAI's.
Dialect dialect_of_path(std::string_view path) noexcept;

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

struct RefusalFacts {
    std::int64_t limit = 0;            // requests of the window that is used up
    std::string_view resets_at = {};   // ISO 8601 with offset; empty where nothing resets
    std::string_view address = {};     // of the client, for address_not_allowed
    std::string_view request_id = {};  // what X-Request-Id says
};

int http_status(Refusal refusal) noexcept;              // 401, 403, 429 or 503
std::string_view error_code(Refusal refusal) noexcept;  // `invalid_api_key`, `key_disabled`, ...
bool should_retry(Refusal refusal) noexcept;            // what x-should-retry says

// The JSON body in that dialect. chinese: the message in Chinese, else in English. Messages say
// what to do, and when. Appends to out; escapes whatever facts hold.
void append_refusal(std::string& out, Dialect dialect, Refusal refusal, const RefusalFacts& facts,
                    bool chinese);

// True when an Accept-Language header prefers Chinese to English (RFC 9110, 12.5.4; q-values).
bool prefers_chinese(std::string_view accept_language) noexcept;

}  // namespace mmx
