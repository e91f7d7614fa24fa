#include "store/key.hpp"

#include <algorithm>
#include <iterator>

#include "lib/seal.hpp"

namespace mmx::admin {
namespace {

constexpr KeyStatus statuses[] = {KeyStatus::active, KeyStatus::disabled, KeyStatus::expired,
                                  KeyStatus::exhausted};

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
    const auto* const found = std::ranges::find(statuses, name, status_name);
    return found == std::end(statuses) ? std::nullopt : std::optional(*found);
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

NewKey::~NewKey()
{
    wipe(api_key);
}

std::vector<KeyId> ids_of(const std::vector<NewKey>& keys)
{
    std::vector<KeyId> ids;
    std::ranges::transform(keys, std::back_inserter(ids), &NewKey::id);
    return ids;
}

Figures& Figures::operator+=(const Figures& other) noexcept
{
    for (std::size_t i = 0; i < counts.size(); i++) {
        counts[i] += other.counts[i];
    }
    return *this;
}

std::optional<std::size_t> figure_index(std::string_view name) noexcept
{
    const auto* const found = std::ranges::find(redis_keys::figures, name);
    if (found == std::end(redis_keys::figures)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - std::begin(redis_keys::figures));
}

}  // namespace mmx::admin
