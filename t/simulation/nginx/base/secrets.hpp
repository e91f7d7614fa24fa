#pragma once

// The simulation's secrets: stands before module/base/secrets.hpp, which reads a file.

#include "lib/seal.hpp"

namespace mmx::gate {

class Secrets {
public:
    explicit Secrets(const SubKey& master) noexcept : master_(master) {}

    const SubKey& master() const noexcept { return master_; }

private:
    SubKey master_;
};

}  // namespace mmx::gate
