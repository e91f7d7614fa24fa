// Keys and key ids: the shape check must agree with the regular language it stands for, hints must
// show eight characters at most, and an id must parse back.

#include <array>
#include <cctype>

#include "fuzz.hpp"
#include "lib/api_key.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const mmx::KeyHasher hasher(mmx::SubKey{1, 2, 3});
    const std::string_view text = mmx::fuzz::text(data, size);

    bool expected = size >= 20 && size <= 68 && text.substr(0, 4) == "mmx-";
    for (std::size_t i = 4; expected && i < size; ++i) {
        expected = data[i] < 0x80 && std::isalnum(data[i]) != 0;
    }
    mmx::fuzz::check(mmx::is_well_formed_api_key(text) == expected, "another language");

    const std::string hint = mmx::api_key_hint(text);
    mmx::fuzz::check(hint.size() == (expected ? 15 : 7), "a hint that shows too much");

    const mmx::KeyId id = hasher.id(text);
    mmx::fuzz::check(mmx::KeyId::parse(id.view()) == id, "an id that is none");
    if (const auto parsed = mmx::KeyId::parse(text)) {
        mmx::fuzz::check(parsed->view() == text, "an id read wrongly");
    }
    return 0;
}
