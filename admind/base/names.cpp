#include "base/names.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "lib/limits.hpp"

namespace mmx::admin {
namespace {

bool is_unseen(utf8proc_int32_t character)
{
    const utf8proc_property_t* property = utf8proc_get_property(character);
    return property->category == UTF8PROC_CATEGORY_CF ||
           property->category == UTF8PROC_CATEGORY_ZL ||
           property->category == UTF8PROC_CATEGORY_ZP || property->ignorable != 0;
}

// Of valid UTF-8: what stands in it that nobody sees.
std::string unseen_fault(std::string_view text)
{
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    for (std::size_t place = 1; left > 0; place++) {
        utf8proc_int32_t character = 0;
        const utf8proc_ssize_t length = utf8proc_iterate(bytes, left, &character);
        if (length <= 0) {
            return "is not valid UTF-8";
        }
        if (is_unseen(character)) {
            std::array<char, 16> code{};
            std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(character));
            return std::string("holds ") + code.data() + ", which nobody sees, as its character " +
                   std::to_string(place);
        }
        bytes += length;
        left -= length;
    }
    return {};
}

}  // namespace

Result<std::string> normal_name(std::string_view text, std::size_t max)
{
    std::string fault = text_fault(text, max, false);
    if (fault.empty()) {
        fault = unseen_fault(text);
    }
    if (!fault.empty()) {
        return Fault{std::move(fault)};
    }
    utf8proc_uint8_t* raw = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &raw,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(raw, std::free);
    if (size < 0) {
        return Fault{utf8proc_errmsg(size)};
    }
    std::string name(reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size));
    if (std::string longer = text_fault(name, max, false); !longer.empty()) {
        return Fault{std::move(longer)};
    }
    return name;
}

std::string sought_name(std::string_view text)
{
    Result<std::string> name = normal_name(text, text.size() * 4);
    return name ? std::move(*name) : std::string(text);
}

}  // namespace mmx::admin
