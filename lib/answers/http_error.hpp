#pragma once

// What a client of the API is told where nginx itself answers with an error: a row for each status
// that it or its limits give, so that an SDK finds JSON in its dialect and a person a sentence that
// helps.

#include "lib/answers/error_text.hpp"

namespace mmx {

// status: 400 to 599. One without a row of its own has that of its class.
const ErrorRow& row_of_status(int status) noexcept;

}  // namespace mmx
