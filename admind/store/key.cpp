#include "store/key.hpp"

#include <algorithm>
#include <iterator>

namespace mmx::admin {
namespace {

bool is_used_up(std::int64_t limit, std::int64_t used)
{
    return limit > 0 && used >= limit;
}

}  // namespace

std::string_view status_name(KeyStatus status) noexcept
{
    switch (status) {
    case KeyStatus::active: return "active";
    case KeyStatus::disabled: return "disabled";
    case KeyStatus::expired: return "expired";
    case KeyStatus::exhausted: return "exhausted";
    }
    return "";
}

std::optional<KeyStatus> parse_status(std::string_view name) noexcept
{
    const auto* const found = std::ranges::find(key_statuses, name, status_name);
    return found == std::end(key_statuses) ? std::nullopt : std::optional(*found);
}

KeyStatus Key::status(std::int64_t now) const noexcept
{
    if (!enabled) {
        return KeyStatus::disabled;
    }
    if (expires_at > 0 && now >= expires_at) {
        return KeyStatus::expired;
    }
    return is_used_up(limits.day, day_used) || is_used_up(limits.month, month_used)
               ? KeyStatus::exhausted
               : KeyStatus::active;
}

bool KeyChange::is_empty() const noexcept
{
    return !enabled && !day && !month && !expires_at && !networks && !user && !note;
}

KeyRights Key::recorded() const
{
    return {.enabled = enabled,
            .limits = limits,
            .expires_at = expires_at,
            .networks = networks,
            .user = user,
            .aliases = rights ? rights->aliases : std::vector<KeyAlias>{}};
}

KeyRights Key::without_leave() const
{
    KeyRights rights = recorded();
    rights.enabled = false;
    return rights;
}

KeyRights KeyChange::applied_to(KeyRights rights) const
{
    rights.enabled = enabled.value_or(rights.enabled);
    rights.limits.day = day.value_or(rights.limits.day);
    rights.limits.month = month.value_or(rights.limits.month);
    rights.expires_at = expires_at.value_or(rights.expires_at);
    rights.networks = networks.value_or(rights.networks);
    rights.user = user.value_or(rights.user);
    return rights;
}

std::string expiry_fault(std::int64_t expires_at, std::int64_t present, std::int64_t now)
{
    const bool is_given = expires_at != 0 && expires_at != present;
    return is_given && expires_at <= now ? "has passed: the key would never work" : "";
}

std::vector<KeyId> ids_of(std::span<const NewKey> keys)
{
    std::vector<KeyId> ids;
    std::ranges::transform(keys, std::back_inserter(ids), &NewKey::id);
    return ids;
}

}  // namespace mmx::admin
