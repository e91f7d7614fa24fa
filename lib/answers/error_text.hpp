#pragma once

// An error that the gateway itself answers, and the sentence its client is told.
// lib/answers/refusal and lib/answers/http_error hold the rows, lib/answers/dialect puts them into
// the three shapes.

#include <cstdint>
#include <string>
#include <string_view>

namespace mmx {

// In messages `{limit}`, `{address}`, `{reset}`, `{detail}` and `{base}` stand for facts; a part in
// square brackets is left out when its fact is not known.
struct ErrorRow {
    int status;             // of the answer
    bool retry;             // what x-should-retry says
    std::string_view code;  // `invalid_api_key`, `key_disabled`, ...
    std::string_view openai_type;
    std::string_view anthropic_type;
    int native_code;  // MiniMax's own, from its table of error codes
    std::string_view english;
    std::string_view chinese;
};

struct ErrorFacts {
    std::int64_t limit = 0;            // requests of the window that is used up
    std::string_view resets_at = {};   // ISO 8601 with offset; empty where nothing resets
    std::string_view address = {};     // of the client, for address_not_allowed
    std::string_view detail = {};      // a sentence of its own
    std::string_view base = {};        // `https://gate.example.com/mini`
    std::string_view contact = {};     // of the operator
    std::string_view request_id = {};  // what X-Request-Id says
};

// What happened, when it ends and what to do, whom to ask, and the request id, since most clients
// show nothing else; in Chinese or English.
std::string error_message(const ErrorRow& row, const ErrorFacts& facts, bool chinese);

// `2026-11-23 00:00 (UTC+08:00)` of `2026-11-23T00:00:00+08:00`, as people read it.
std::string readable_time(std::string_view iso8601);

}  // namespace mmx
