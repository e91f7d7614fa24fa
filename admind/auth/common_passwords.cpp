#include "auth/common_passwords.hpp"

#include <openssl/evp.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>

#include "base/error.hpp"
#include "host/secret_text.hpp"

namespace mmx::admin {
namespace {

// What embed_files.cmake made of the list.
extern const std::uint8_t listed[] asm("mmx_common_passwords");
extern const std::uint64_t listed_bytes asm("mmx_common_passwords_size");

constexpr std::size_t bytes_kept = 6;
using Beginning = std::array<std::uint8_t, bytes_kept>;

// Those of Chinese speakers, and some that the packages lack.
constexpr std::string_view ours[] = {
    "abcdefghijklm", "abcd12345678", "letmein12345",  "changeme1234",
    "woaini1314520", "woaini123456", "5201314520131", "correcthorsebatterystaple",
};

// Empty when it is not UTF-8, which is no password either.
SecretText form_compared(std::string_view password)
{
    utf8proc_uint8_t* raw = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(password.data()),
                     static_cast<utf8proc_ssize_t>(password.size()), &raw,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                                                    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD));
    if (size < 0) {
        return {};
    }
    return SecretText::adopt(raw, static_cast<std::size_t>(size));
}

bool is_listed(std::string_view text)
{
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw Error(ErrorCode::internal, "cannot compute a SHA-256");
    }
    Beginning sought{};
    std::copy_n(digest.begin(), sought.size(), sought.begin());
    const auto* begin = reinterpret_cast<const Beginning*>(listed);
    return std::binary_search(begin, begin + common_passwords_count(), sought);
}

}  // namespace

bool is_common_password(std::string_view password)
{
    const SecretText compared = form_compared(password);
    const std::string_view text = compared.view();
    return !text.empty() &&
           (std::ranges::count(text, text.front()) == static_cast<std::ptrdiff_t>(text.size()) ||
            std::ranges::find(ours, text) != std::end(ours) || is_listed(text));
}

std::size_t common_passwords_count() noexcept
{
    return static_cast<std::size_t>(listed_bytes) / bytes_kept;
}

}  // namespace mmx::admin
