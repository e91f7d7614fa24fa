#pragma once

// Secrets in a worker's memory: kept on pages of their own that are locked into memory and left out
// of core dumps.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/api_key.hpp"
#include "lib/seal.hpp"

namespace mmx::gate {

// One such page. Its content is wiped before it is unmapped.
class GuardedPage {
public:
    GuardedPage() noexcept;
    GuardedPage(const GuardedPage&) = delete;
    GuardedPage& operator=(const GuardedPage&) = delete;
    ~GuardedPage();

    void* data() const noexcept { return data_; }  // null when out of memory
    std::size_t size() const noexcept { return size_; }

private:
    void* data_;
    std::size_t size_;
};

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
