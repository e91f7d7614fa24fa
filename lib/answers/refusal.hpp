#pragma once

// Why a request is refused, and what a client is told then: a row for each refusal.

#include "lib/answers/error_text.hpp"

namespace mmx {

enum class Refusal {
    missing_key,    // no credential at all
    malformed_key,  // none of the gateway's shape, or two of it
    not_offered,    // an endpoint that this gateway does not have
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
    upstream_rejected_gateway,  // MiniMax refuses the master key, its plan or its balance
    upstream_unresolved,        // MiniMax's addresses are not known yet
    answer_withheld,            // it would have shown the master key
};

const ErrorRow& row_of(Refusal refusal) noexcept;

}  // namespace mmx
