#pragma once

// What an API token may be held to, besides its role: a closed list. A person's session has no
// scopes; its role says all. The names are what the API, the command line and the sealed record
// say. What no scope names, no token may: accounts, passwords, the master key, whole keys.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mmx::admin {

enum class Scope : std::uint8_t {  // in the order of scope_names
    keys_read,
    keys_write,
    usage_read,
    settings_read,
    settings_write,
    audit_read,
    accounts_read,
    tokens_write,
};

inline constexpr std::string_view scope_names[] = {
    "keys.read",      "keys.write", "usage.read",    "settings.read",
    "settings.write", "audit.read", "accounts.read", "tokens.write",
};

constexpr std::string_view scope_name(Scope scope) noexcept
{
    return scope_names[static_cast<std::size_t>(scope)];
}

std::optional<Scope> parse_scope(std::string_view name) noexcept;

class Scopes {
public:
    constexpr Scopes() = default;  // none
    constexpr Scopes(std::initializer_list<Scope> scopes)
    {
        for (const Scope scope : scopes) {
            add(scope);
        }
    }

    constexpr void add(Scope scope) noexcept { bits_ |= bit(scope); }
    constexpr bool has(Scope scope) const noexcept { return (bits_ & bit(scope)) != 0; }
    constexpr bool is_empty() const noexcept { return bits_ == 0; }
    constexpr Scopes without(Scopes others) const noexcept
    {
        Scopes left;
        left.bits_ = bits_ & ~others.bits_;
        return left;
    }
    constexpr Scopes common(Scopes others) const noexcept { return without(without(others)); }
    constexpr bool operator==(const Scopes&) const = default;

    std::vector<std::string_view> names() const;  // in the order of the list
    std::string text() const;                     // the names, a comma between them

private:
    static constexpr std::uint32_t bit(Scope scope) noexcept
    {
        return std::uint32_t{1} << static_cast<unsigned>(scope);
    }

    std::uint32_t bits_ = 0;
};

inline constexpr Scopes viewer_scopes{Scope::keys_read, Scope::usage_read, Scope::settings_read,
                                      Scope::audit_read};
inline constexpr Scopes admin_scopes{Scope::keys_read,     Scope::keys_write,     Scope::usage_read,
                                     Scope::settings_read, Scope::settings_write, Scope::audit_read,
                                     Scope::accounts_read, Scope::tokens_write};

}  // namespace mmx::admin
