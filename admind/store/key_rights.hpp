#pragma once

// What a gateway key may do, as Redis holds it a second time: sealed under the secret file and
// bound to the key's id. The gateway reads the record alone, which whoever writes to Redis can
// change; by this the daemon sees it and sets it back (key_guard.hpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secrets.hpp"
#include "lib/api_key.hpp"
#include "lib/limits.hpp"
#include "redis/client.hpp"

namespace mmx::admin {

// What a key's record says under `state`. The third is an old id, in grace after a rotation.
inline constexpr std::string_view state_active = "active";
inline constexpr std::string_view state_disabled = "disabled";
inline constexpr std::string_view state_rotated = "rotated";

// An old id of a key that was rotated, which counts for the key until then.
struct KeyAlias {
    KeyId id{};
    std::int64_t until = 0;  // seconds since 1970
    bool operator==(const KeyAlias&) const = default;
};

struct KeyRights {
    bool enabled = true;
    Limits limits;
    std::int64_t expires_at = 0;  // seconds since 1970; 0: never
    std::string networks;         // canonical; empty: any address
    std::string user;
    std::vector<KeyAlias> aliases;
    bool operator==(const KeyRights&) const = default;
};

// Keeps them, sealed. Throws Error.
Command keep_rights(const Secrets& secrets, const KeyId& id, const KeyRights& rights);

// Nothing where the text is not what keep_rights() made for this id.
std::optional<KeyRights> open_rights(const Secrets& secrets, const KeyId& id,
                                     std::string_view sealed);

// Writes the record of a key that has none. The order of the fields matters: Redis searches a small
// hash from the front, and these are what every admission reads. Only what is set is written; the
// counters are the commit script's.
Command make_record(const KeyId& id, const KeyRights& rights);

// Keeps the rights, and makes record and description say the same, whatever they said before.
std::vector<Command> change_rights(const Secrets& secrets, const KeyId& id,
                                   const KeyRights& rights);

}  // namespace mmx::admin
