#pragma once

// Secrets in a worker's memory: kept on pages of their own that are locked into memory and left out
// of core dumps.

#include <string>
#include <string_view>

#include "host/guarded_page.hpp"
#include "lib/api_key.hpp"
#include "lib/seal.hpp"

namespace mmx::gate {

// What the module derives from the secret file.
class Secrets {
public:
    // Derives them from the secret file. Empty, or what is wrong and what to do.
    std::string read(const std::string& path);

    KeyId id_of(std::string_view gateway_key) const noexcept
    {
        return keys().hasher.id(gateway_key);
    }
    const SubKey& master() const noexcept { return keys().master; }

private:
    struct Keys {
        KeyHasher hasher;
        SubKey master;
    };
    const Keys& keys() const noexcept { return *static_cast<const Keys*>(page_.data()); }

    GuardedPage page_;
};

}  // namespace mmx::gate
