#pragma once

// Which language a client would rather read (RFC 9110, 12.5.4).

#include <string_view>

namespace mmx {

// True when an Accept-Language header prefers Chinese to English, by its q-values and, where these
// are the same, by which was named first. otherwise: where it names neither, as most SDKs do, whose
// runtimes send `*` or nothing.
bool prefers_chinese(std::string_view accept_language, bool otherwise) noexcept;

}  // namespace mmx
