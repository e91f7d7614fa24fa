#pragma once

// A gateway key as the store holds it: its record, its description and today's counters. Never the
// key itself, but in NewKey, whose text is overwritten when it goes.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/api_key.hpp"
#include "lib/limits.hpp"
#include "lib/redis_keys.hpp"

namespace mmx::admin {

// What a key's record says under `state`. The third is an old id, in grace after a rotation.
inline constexpr std::string_view state_active = "active";
inline constexpr std::string_view state_disabled = "disabled";
inline constexpr std::string_view state_rotated = "rotated";

enum class KeyStatus { active, disabled, expired, exhausted };

std::string_view status_name(KeyStatus status) noexcept;
std::optional<KeyStatus> parse_status(std::string_view name) noexcept;

struct Key {
    KeyId id{};
    bool enabled = true;
    Limits limits;
    std::int64_t expires_at = 0;  // seconds since 1970; 0: never
    std::string networks;         // canonical; empty: any address
    std::string user, hint, note;
    std::int64_t created_at = 0;
    std::int64_t last_used_at = 0;  // 0: never
    std::vector<KeyId> rotated_from;
    std::int64_t rotated_until = 0;
    std::int64_t day_used = 0, month_used = 0;  // of the quota day and month it was read in
    std::vector<std::string> faults;            // what is malformed in Redis, for `check`

    // The first that applies, in the order the gateway asks: disabled, expired, exhausted.
    KeyStatus status(std::int64_t now) const noexcept;
};

// What a change sets; absent members stay as they are. Zero and empty text clear.
struct KeyChange {
    std::optional<bool> enabled;
    std::optional<std::int64_t> day, month, expires_at;
    std::optional<std::string> networks, user, note;
};

struct NewKey {
    std::string api_key;
    KeyId id{};
    Limits limits;
    std::int64_t expires_at = 0;
    std::string networks, user, note;

    NewKey() = default;
    NewKey(const NewKey&) = delete;
    NewKey& operator=(const NewKey&) = delete;
    NewKey(NewKey&&) noexcept = default;
    NewKey& operator=(NewKey&&) noexcept = default;
    ~NewKey();
};

std::vector<KeyId> ids_of(const std::vector<NewKey>& keys);

// Counts in the order of redis_keys::figures.
struct Figures {
    std::array<std::int64_t, std::size(redis_keys::figures)> counts{};

    Figures& operator+=(const Figures& other) noexcept;
};

// The place of a figure's name in Figures, or nothing.
std::optional<std::size_t> figure_index(std::string_view name) noexcept;

struct DayUsage {
    std::string date;
    Figures figures;
};

}  // namespace mmx::admin
