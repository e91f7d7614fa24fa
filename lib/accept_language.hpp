#pragma once

// Which language a client would rather read (RFC 9110, 12.5.4).

#include <string_view>

namespace mmx {

// True when an Accept-Language header prefers Chinese to English, by its q-values and, where these
// are the same, by which was named first. `*` alone does not ask for Chinese.
bool prefers_chinese(std::string_view accept_language) noexcept;

}  // namespace mmx
