#pragma once

// The three shapes in which MiniMax's endpoints report errors, and how the gateway's own refusals
// are written in each. Source: MiniMax's OpenAPI texts; the native shape is HTTP 200 upstream, but
// the gateway's own refusals carry their HTTP status in every dialect.

#include <string>
#include <string_view>

#include "lib/answers/error_text.hpp"

namespace mmx {

enum class Dialect { openai, anthropic, native };

// By the request's path, whatever prefix stands before it: `/anthropic/` and `/v1/messages` are
// Anthropic's; the endpoints that answer with `base_resp` (text/chatcompletion_v2, embeddings,
// t2a_v2, voices, image, music, video v1, files, plans) are native; all others OpenAI's.
Dialect dialect_of_path(std::string_view path) noexcept;

// The JSON body in that dialect, with the time at which a limit resets beside the message. Appends
// to out; escapes whatever facts hold.
void append_error(std::string& out, Dialect dialect, const ErrorRow& row, const ErrorFacts& facts,
                  bool chinese);

}  // namespace mmx
