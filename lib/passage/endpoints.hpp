#pragma once

// MiniMax' endpoints by family: what a gateway key reaches, and what only where the operator says
// so. All that is asked for is method and path; what is not in the table is no endpoint.

#include <cstdint>
#include <optional>
#include <string_view>

namespace mmx {

enum class Family : std::uint8_t {
    // Offered everywhere: they answer a question and touch nothing of the account.
    chat,
    models,
    messages,
    responses,
    embeddings,
    speech,
    // Offered where the operator says so: they list, make and delete what belongs to the account,
    // or cost much at once.
    files,
    voices,
    images,
    video,
    music,
    transcription,
    tools,
    plan,
    balance,
    count,
};

// A set of families: a bit for each.
using Families = std::uint32_t;
constexpr Families set_of(Family family) noexcept
{
    return Families{1} << static_cast<unsigned>(family);
}
inline constexpr Families offered_everywhere = set_of(Family::files) - 1;
// Beside families: whatever else there may be, too.
inline constexpr Families everything = ~Families{0};

std::string_view name_of(Family family) noexcept;
std::optional<Family> family_named(std::string_view name) noexcept;

// The family of the endpoint that this method and path reach, the path as it is sent to MiniMax,
// without arguments, case and slashes counting. HEAD is GET.
std::optional<Family> family_of(std::string_view method, std::string_view path) noexcept;

// Whether MiniMax charges a call, of whatever endpoint: not what only reads, such as lists of
// models and the state of tasks, nor what counts the tokens of a question. Before the path may
// stand the folder below which the API is: `/mini`.
bool is_charged(std::string_view method, std::string_view path) noexcept;

}  // namespace mmx
