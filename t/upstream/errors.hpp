#pragma once

// MiniMax's errors: which HTTP status and which envelope a code has in each dialect.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "answers.hpp"

namespace upstream {

// The dialect's own answer to `code`. A status given overrides the dialect's; in the OpenAI and
// Anthropic dialects a status of 200 means the native envelope, which MiniMax has been seen to
// send there as well. big: bytes of filling behind what the error says.
Answer error_answer(Dialect dialect, int code, std::optional<unsigned> status, std::string_view id,
                    std::uint64_t big = 0);

// The code that MiniMax sends most with an HTTP status, for `status=NNN` alone.
int code_of_status(unsigned status);

// The body alone, as an Anthropic stream carries it in `event: error`.
std::string anthropic_error_body(int code, std::string_view id, std::string_view filled = {});

}  // namespace upstream
