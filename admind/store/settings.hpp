#pragma once

// The deployment's settings, which all gateways share. Each change raises their version, by which
// the gateways notice. Throws Error.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/calendar.hpp"
#include "lib/limits.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::int64_t retention_default = 400;  // days
inline constexpr std::int64_t retention_min = 62;  // the running month must outlive its last write
inline constexpr std::int64_t retention_max = 3660;
inline constexpr std::size_t contact_length_max = 200;  // bytes, one line of text
// Of the gateway's own answers, to clients that ask for none of them.
inline constexpr std::string_view languages[] = {"zh", "en"};

struct Settings {
    bool exist = false;
    std::int64_t version = 0;
    std::string timezone{default_timezone};
    Limits defaults;
    std::int64_t retention_days = retention_default;
    std::int64_t refund_bound = refund_bound_default;  // per key and day, at least
    std::string language{"en"};
    std::string contact;  // of the operator, shown in refusals; empty: none
    std::string master;   // sealed; empty: not set
    std::string master_hint;
    std::int64_t master_updated_at = 0;
    std::string secret_check;
    std::string reseal;  // the mark of a move to another secret file; empty: none is under way
};

// What a change sets; absent members stay as they are.
struct SettingsChange {
    std::optional<std::string> timezone;
    std::optional<std::int64_t> default_day, default_month, retention_days, refund_bound;
    std::optional<std::string> language, contact;

    bool is_empty() const noexcept
    {
        return !timezone && !default_day && !default_month && !retention_days && !refund_bound &&
               !language && !contact;
    }
};

Settings read_settings(RedisClient& redis);
inline Settings read_settings(Store& store)
{
    return read_settings(store.redis());
}

Command raise_version();  // of every change

// The deployment's calendar; throws when this machine does not know its zone.
Calendar load_calendar(const Settings& settings);
inline Calendar load_calendar(Store& store)
{
    return load_calendar(read_settings(store));
}

bool write_missing_settings(Store& store);  // false when none was missing
// Throws what require does, which sees the settings as the change finds them.
void change_settings(Store& store, const SettingsChange& change,
                     const std::function<void(const Settings&)>& require = {});
void set_master(Store& store, std::string_view master);

// What the audit trail keeps of a change.
std::string change_detail(const Settings& before, const SettingsChange& change);

}  // namespace mmx::admin
