#pragma once

// A gateway key as the store holds it: its record, its description and today's counters. Never the
// key itself, but in NewKey.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/secret_text.hpp"
#include "lib/api_key.hpp"
#include "lib/limits.hpp"
#include "store/key_rights.hpp"

namespace mmx::admin {

inline constexpr std::int64_t expiry_max = 253402300799;  // the end of the year 9999

enum class KeyStatus { active, disabled, expired, exhausted };

inline constexpr KeyStatus key_statuses[] = {KeyStatus::active, KeyStatus::disabled,
                                             KeyStatus::expired, KeyStatus::exhausted};

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
    bool altered = false;                       // its record is not as it was sealed
    std::vector<std::string> strange;           // names of its parts that are of another kind
    std::vector<std::string> faults;            // what is wrong of it in Redis, for `check`
    std::optional<KeyRights> rights;            // as sealed; nothing: not sealed, or not by us

    // What its record says, with what is sealed of its aliases.
    KeyRights recorded() const;

    // The same, but switched off: of a key whose sealed rights are gone.
    KeyRights without_leave() const;

    // The first that applies, in the order the gateway asks: disabled, expired, exhausted.
    KeyStatus status(std::int64_t now) const noexcept;
};

// What a change sets; absent members stay as they are. Zero and empty text clear.
struct KeyChange {
    std::optional<bool> enabled;
    std::optional<std::int64_t> day, month, expires_at;
    std::optional<std::string> networks, user, note;

    bool is_empty() const noexcept;

    // The rights after the change, of those that were there before it.
    KeyRights applied_to(KeyRights rights) const;
};

// Empty when a key may be given the expiry, else what is wrong with it: one that has passed is no
// use. A key may keep its present one.
std::string expiry_fault(std::int64_t expires_at, std::int64_t present, std::int64_t now);

struct NewKey {
    SecretText api_key;
    KeyId id{};
    Limits limits;
    std::int64_t expires_at = 0;
    std::string networks, user, note;
};

std::vector<KeyId> ids_of(std::span<const NewKey> keys);

}  // namespace mmx::admin
