#pragma once

// Keys as they stand, read by their ids. Throws Error.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/secret_text.hpp"
#include "lib/calendar.hpp"
#include "store/key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t read_batch = 500;  // keys read in one round trip

// Every month that a key made at that time may have an archive of.
std::vector<std::string> archive_months(const Calendar& calendar, std::int64_t created_at,
                                        std::int64_t now);

// `at` is the quota day whose counters are wanted.
class Keys {
public:
    explicit Keys(Store& store) : store_(store) {}

    std::vector<KeyId> ids(std::size_t offset, std::size_t count);  // newest first
    std::size_t count();

    std::optional<Key> find(const KeyId& id, const QuotaDay& at);
    Key require(const KeyId& id, const QuotaDay& at);  // throws Error{not_found}

    // All of them, whatever is missing of one: see Key::faults.
    std::vector<Key> read(const std::vector<KeyId>& ids, const QuotaDay& at);

    // Without those that have been deleted between a look at a view and now.
    std::vector<Key> read_existing(const std::vector<KeyId>& ids, const QuotaDay& at);

    // Which of the ids are no key's, by place.
    std::vector<std::size_t> absent(const std::vector<KeyId>& ids);

    // Whether each of the ids has a record: a key's own, or that of an old id in grace.
    std::vector<bool> taken(const std::vector<KeyId>& ids);

    // What a key may do, as it is sealed. Where that is gone nobody knows it, and the key is off;
    // the record counts alone where keys are yet to be sealed.
    KeyRights rights_of(const Key& key);

    // The ids that count for the key since it was rotated, or did.
    std::vector<KeyId> old_ids(const Key& key);

    // An old id of the key, in grace: as sealed, or where that is not there as its record says.
    KeyAlias alias_of(const Key& key, const KeyId& old);

    // The key itself. open() leaves no audit entry: for `check`.
    SecretText reveal(const KeyId& id);
    SecretText open(const KeyId& id);

private:
    Store& store_;
};

}  // namespace mmx::admin
