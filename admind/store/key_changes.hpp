#pragma once

// Making keys and changing what they may do. A batch is one change: all of it happens, or nothing.
// Throws Error.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/key.hpp"
#include "store/store.hpp"

namespace mmx::admin {

inline constexpr std::size_t batch_max = 10000;        // keys made or imported at once
inline constexpr std::size_t change_batch_max = 1000;  // keys changed or removed at once

class KeyChanges {
public:
    explicit KeyChanges(Store& store) : store_(store) {}

    // Makes so many alike. What wanted does not name is the settings' default; it must name a user.
    std::vector<NewKey> create(const KeyChange& wanted, std::size_t count);

    // Takes keys that people hold already; throws Error{conflict} when one of them exists here.
    void import(const std::vector<NewKey>& keys);

    // Throws Error{not_found}, and what require does, which sees the key as the change finds it.
    void change(const KeyId& id, const KeyChange& change,
                const std::function<void(const Key&)>& require = {});

    // Of up to change_batch_max keys; returns the ids that do not exist.
    std::vector<KeyId> change_many(const std::vector<KeyId>& ids, const KeyChange& change);

private:
    void add(const std::vector<NewKey>& keys, std::string_view action);

    Store& store_;
};

// Applies what build makes of those of the ids that exist; returns the others, each once.
std::vector<KeyId> change_existing(
    Store& store, const std::vector<KeyId>& ids,
    const std::function<Store::Change(const std::vector<KeyId>& there, std::int64_t now)>& build);

// What the audit trail keeps: of new keys, of a change of one key, and of one of many, where an
// empty change only names them.
std::string creation_detail(std::span<const NewKey> keys);
std::string change_detail(const Key& before, const KeyChange& change);
std::string batch_detail(std::span<const KeyId> ids, const KeyChange& change);

}  // namespace mmx::admin
