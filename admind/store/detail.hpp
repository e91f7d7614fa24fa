#pragma once

// What details of audit entries are made of. Each change says its own, beside what it does, as one
// JSON object that never holds a secret: what it was, and what it was before.

#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/json.hpp"
#include "lib/api_key.hpp"

namespace mmx::admin {

// {name: {from, to}} when the change sets the member; nothing otherwise.
template <typename Before, typename After>
void put_change(Json& detail, const char* name, const Before& before,
                const std::optional<After>& after)
{
    if (after) {
        detail[name] = {{"from", before}, {"to", *after}};
    }
}

// Of a change of many, whose members were not all the same before: {name: {to}}.
Json without_before(Json detail);

Json ids_json(std::span<const KeyId> ids);  // [id]

}  // namespace mmx::admin
