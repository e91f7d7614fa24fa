#pragma once

// Watches that the records, by which the gateway admits, say what people set: what differs from the
// sealed rights is set back, and told in the log and in the audit trail. What cannot be set back,
// since nothing sealed is left of it, is switched off or taken away. Throws Error.
//
// For the gateway a record counts until this has seen it: a second or two for a key in use, since
// use names it (mmx:touched), and a round of sweep() for the others.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/api_key.hpp"
#include "lib/calendar.hpp"
#include "store/key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t sweep_batch = 50;  // keys looked at in one step of sweep()

// The audit trail is told of so many repairs in that time, and then that there are more; the log of
// all that its own bound lets through.
inline constexpr std::size_t repairs_told_max = 100;
inline constexpr std::int64_t repairs_told_for = 86400;  // seconds

class KeyGuard {
public:
    explicit KeyGuard(Store& store) : store_(store) {}

    // Sets back what differs. ids: of keys, of aliases, or of records that are neither; today: the
    // quota day.
    void verify(const std::vector<KeyId>& ids, const QuotaDay& today);

    // The next sweep_batch of all keys. at: where to go on, by age; begins anew at the end.
    void sweep(std::size_t& at);

private:
    void restore(const Key& key);
    bool is_nobodys(const KeyId& id);
    bool has_alias(const KeyId& target, const KeyId& old, std::string_view until);
    void take_away(const std::vector<KeyId>& ids);
    void tell(std::vector<AuditEntry> entries, Store::Change& change);

    Store& store_;
};

}  // namespace mmx::admin
