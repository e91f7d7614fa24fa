#pragma once

// SHA-256 in hex: how keys and bodies appear in the ledger.

#include <string>
#include <string_view>

namespace upstream {

std::string sha256_hex(std::string_view bytes);

}  // namespace upstream
