#pragma once

// Which of a request's arguments go on to MiniMax: those of a list. GroupId, which names the
// account, is in none, nor is anything that a server could take for it.

#include <span>
#include <string>
#include <string_view>

namespace mmx {

// What MiniMax' endpoints and the SDKs' lists know.
bool is_passed_argument(std::string_view name) noexcept;

// The arguments of the query that are passed by their names as they are spelled, or are among
// further; in their order, joined by `&`. What holds a gateway key goes nowhere, nor what holds a
// character that a query does not need, such as `;`, which some servers take for another `&`.
std::string passed_arguments(std::string_view query, std::span<const std::string_view> further);

}  // namespace mmx
